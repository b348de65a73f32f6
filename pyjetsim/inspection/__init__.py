"""To look at what is there: a file or folder (`info`), the installation (`doctor`), a jet (`show`)."""
