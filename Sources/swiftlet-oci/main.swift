import Linux

endProgram(CommandLineProgram.run(Array(CommandLine.arguments.dropFirst())))
