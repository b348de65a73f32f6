"""What torch must know of the compiled ops (shapes, gradients, vmap), and the ways into them."""
