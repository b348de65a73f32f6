"""From collisions to object tables: gen and reco jets and muons with what NanoAOD tells of them."""
