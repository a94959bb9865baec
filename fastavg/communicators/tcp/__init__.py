"""Ranks that meet at an address and talk over encrypted TCP, without a launcher.

.. code-block:: text

    run_key           the run's key: a private key and its certificate; TLS by it, both ways
    encrypted_link    one connection
    admission         the door of a rank, at which others knock
    meeting           ranks find each other at rank 0's address, and connect each to each
    transfers         parts of buffers over all connections at once
    loss_detection    a second connection to each rank, on which only its end is heard
    tcp_communicator  the communicator made of these
"""
