import Linux

endProgram(CommandLineProgram.run(Array(programArguments().dropFirst())))
