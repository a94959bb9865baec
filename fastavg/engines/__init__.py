"""What all clusters have in common on which ranks are started by something else than MPI.

.. code-block:: text

    contract          what an engine does: how many ranks it can start, and run them
    rank_entry        what a worker of the cluster does: report itself, be a rank
    part_exchange     rows that lie on different ranks become the rows of each
    checkpoint_copies the last complete round, on the machine of every rank
    cluster_fit       a fit from the client's side: numbers checked, lost ranks named, restarts
    rank_results      wait for ranks, and name the worker of one that is lost
    estimator_front   what the estimators of all clusters share
"""
