"""First apply and second pass of many small applications on one real control plane, beside our peers.

It starts a control plane of its own on this machine, measures one contestant after the other, and stops it. It tunes
nothing for anybody: each contestant is run as its own documentation says.
"""
