"""Many rounds inside one compiled call, in several processes that meet at barriers."""
