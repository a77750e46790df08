"""What a call costs: codecs, echo beside other frameworks, and a soak test. ``python -m benchmarks`` runs the first two.

CPU per call of a whole process is the figure to trust; calls per second swing with everything else that the machine does.
Figures of different runs are not comparable either: compare the ratios, which come from rounds in which the peers took turns.
"""
