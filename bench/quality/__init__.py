"""The gate: does matching read like an editor, and does a change make it worse?"""
