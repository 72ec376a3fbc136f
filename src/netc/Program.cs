using NetCompiler.CommandLine;
using NetCompiler.CommandLine.Output;

return await NetcCommandLine.Run(args, Terminal.Standard());
