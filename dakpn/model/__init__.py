"""DA-KPN, whole: kernels, their predictor, the transformation, the discriminator, and the method (paper, section 3)."""
