using System.CommandLine;
using NetCompiler.Comparison;

// dotnet run -c Release --project tests/Comparison -- [--peers FOLDER] [--only TEXT] [--threads 1,2] [--seconds 1] [--rounds 2] [--write FILE]
// dotnet run -c Release --project tests/Comparison -- measure predict|train NETWORK BATCH THREADS SECONDS     one line of figures
// dotnet run -c Release --project tests/Comparison -- measure save NETWORK                                    its parameters in a file for predict
// dotnet run -c Release --project tests/Comparison -- measure products|convolutions THREADS SECONDS [TEXT]    a line for each shape
if (args is ["measure", .. var what])
{
    Measure.Run(what);
    return 0;
}

var peers = new Option<DirectoryInfo?>("--peers") { Description = "Where OpenBLAS, oneDNN, PyTorch and ONNX Runtime are set up, as Peers/README.md says; without it only our own figures are taken." };
var only = new Option<string>("--only") { Description = "Measure only rows whose name contains this text.", DefaultValueFactory = _ => "" };
var threads = new Option<int[]>("--threads") { Description = "Numbers of threads.", DefaultValueFactory = _ => [1, 2], AllowMultipleArgumentsPerToken = true };
var seconds = new Option<double>("--seconds") { Description = "How long each figure is measured in each round.", DefaultValueFactory = _ => 0.4 };
var rounds = new Option<int>("--rounds") { Description = "How often everyone has a turn.", DefaultValueFactory = _ => 3 };
var write = new Option<FileInfo?>("--write") { Description = "Replaces the tables in this Markdown file, between its marks; else they are printed." };
var command = new RootCommand("Times NetCompiler and its peers on the same work, side by side, and makes the tables of docs/performance.md.")
{
    peers, only, threads, seconds, rounds, write,
};
command.SetAction(parsed =>
{
    var comparison = new Comparison(parsed.GetValue(peers)?.FullName, parsed.GetValue(only)!, parsed.GetValue(threads)!, parsed.GetValue(seconds), parsed.GetValue(rounds));
    string tables = comparison.Run();
    if (parsed.GetValue(write) is { } file)
        Document.Replace(file.FullName, tables);
    else
        Console.WriteLine(tables);
});
return command.Parse(args).Invoke();
