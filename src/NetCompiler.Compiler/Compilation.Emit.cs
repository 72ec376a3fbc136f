using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using NetCompiler.Emit;
using NetCompiler.Emit.Gpu;
using NetCompiler.Graph;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Text;

namespace NetCompiler;

public sealed partial class Compilation
{
    const string BindPass = "bind";
    const string PlanPass = "plan";

    /// <summary>The stages whose result <see cref="Dump"/> shows, in order, each with what it does and why.</summary>
    public static ImmutableArray<(string Name, string Reason)> Passes { get; } =
    [
        (BindPass, "builds the graph: unfolds layers into operators and takes gradients, as the passes work on operators only"),
        .. Pipeline.Passes.Select(pass => (pass.Name, pass.Reason)),
        (PlanPass, "chooses what shares a loop, the order, the kernels and the places in memory; from this the C# is written"),
    ];

    /// <summary>Writes the C# files of all networks that have no error.</summary>
    public EquatableArray<EmittedFile> Emit(CancellationToken cancellation = default) => Emit(null, cancellation);

    /// <summary>Writes the C# files of one network, or of all that have no error if <paramref name="network"/> is null.</summary>
    /// <exception cref="ArgumentException">There is no such network, or it has an error.</exception>
    public EquatableArray<EmittedFile> Emit(string? network, CancellationToken cancellation = default)
    {
        var files = new List<EmittedFile>();
        foreach (var model in Named(Networks, candidate => candidate.Name, network, "network"))
        {
            cancellation.ThrowIfCancellationRequested();
            var optimised = Pipeline.Run(model);
            var gpuPlans = Options.Gpu is GpuCode.WherePossible or GpuCode.Required && GpuSupport.Missing(model) is null
                ? model.Functions.Select(function => BuildPlan.RunForGpu(Pipeline.RunForGpu(model, function))).ToImmutableArray()
                : [];
            files.AddRange(NetworkWriter.Write(optimised, [.. optimised.Functions.Select(BuildPlan.Run)], gpuPlans, Options.LineDirectives, Options.Observe));
        }
        return [.. files];
    }

    /// <summary>
    /// The functions after the stage named <paramref name="pass"/> as text, each network under its name; all networks and functions
    /// unless <paramref name="network"/> or <paramref name="function"/> names one.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such pass, network or function.</exception>
    public string Dump(string pass, string? network = null, string? function = null)
    {
        if (Passes.All(known => known.Name != pass))
            throw new ArgumentException($"there is no pass '{pass}': the passes are {string.Join(", ", Passes.Select(known => known.Name))}", nameof(pass));
        var networks = Named(Networks, candidate => candidate.Name, network, "network");
        var texts = networks.SelectMany(model =>
            Named(model.Functions, candidate => candidate.Name, function, $"function in {model.Name}").Select(candidate => Print(model, candidate, pass)).Prepend($"network {model.Name}{(model.Settings.ToString() is { Length: > 0 } settings ? "  // " + settings : "")}\n"));
        return string.Join("\n", texts);
    }

    static string Print(NetworkModel network, FunctionModel function, string pass) => pass switch
    {
        BindPass => GraphPrinter.Print(function),
        PlanPass => PlanPrinter.Print(BuildPlan.Run(Pipeline.Run(network, function))),
        _ => GraphPrinter.Print(Pipeline.Run(network, function, pass)),
    };

    static IEnumerable<T> Named<T>(ImmutableArray<T> all, Func<T, string> nameOf, string? name, string kind)
    {
        if (name is null)
            return all;
        var found = all.Where(candidate => nameOf(candidate) == name).ToList();
        if (found.Count > 0)
            return found;
        string closest = Suggestions.Closest(name, all.Select(nameOf)) is { } suggestion ? $"; did you mean '{suggestion}'?" : "";
        throw new ArgumentException($"there is no {kind} named '{name}'{closest}", kind.Split(' ')[0]);
    }
}
