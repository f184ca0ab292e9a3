// Placeholder of the skeleton: deleted with the first real file.
