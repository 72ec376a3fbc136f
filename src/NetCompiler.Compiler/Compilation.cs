using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using NetCompiler.Algorithms;
using NetCompiler.Binding;
using NetCompiler.Emit.Gpu;
using NetCompiler.Graph;
using NetCompiler.Passes;
using NetCompiler.Reports;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler;

/// <summary>What the compiler is told besides the texts.</summary>
public sealed record CompilerOptions
{
    /// <summary>The C# namespace of files that declare none.</summary>
    public string RootNamespace { get; init; } = "";

    /// <summary>Whether generated code maps errors, stack traces and breakpoints into the <c>.net</c> file.</summary>
    public bool LineDirectives { get; init; }

    /// <summary>Whether generated code calls the network's observer before and after each step, with the addresses of what the step reads and writes.</summary>
    public bool Observe { get; init; }

    /// <summary>Algorithms chosen beforehand; of several choices for one signature the last counts.</summary>
    public EquatableArray<KernelChoice> KernelChoices { get; init; }

    /// <summary>Whether networks get code for GPUs besides that for the processor.</summary>
    public GpuCode Gpu { get; init; }

    /// <summary>The tuning record of the file, as <c>netc tune</c> writes it; null if it has none.</summary>
    public SourceText? Tuning { get; init; }

    /// <summary>The record of the file for GPUs, as <c>netc tune --device gpu</c> writes it; null if it has none.</summary>
    public SourceText? GpuTuning { get; init; }

    /// <summary>The GPU that the code is for, by its name: records of another one are ignored. Null takes every record, as a machine that builds need not have a GPU.</summary>
    public string? GpuMachine { get; init; }

    /// <summary>The machine that the code is for, as <c>netc tune</c> describes machines: records of another one are ignored. Null takes every record.</summary>
    public string? Machine { get; init; }
}

/// <summary>Whether networks get code for GPUs.</summary>
public enum GpuCode
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those that only compute what GPUs have kernels for; the others are named in a warning.</summary>
    WherePossible,

    /// <summary>All, or it is an error.</summary>
    Required,

    /// <summary>The project references what it runs on, but its assembly is signed with a strong name: an error.</summary>
    Signed,

    /// <summary>The project asks for what there is not: an error.</summary>
    Unknown,

    /// <summary>All are to have it, and the project lacks what it runs on: an error.</summary>
    Missing,
}

/// <summary>
/// One <c>.net</c> file compiled, with the files that it uses. A pure function of texts and options: it reads no files, clock or
/// environment, and any text is answered by diagnostics, never by an exception.
/// </summary>
public sealed partial class Compilation
{
    Compilation(SourceText root, CompilerOptions options, EquatableArray<Diagnostic> diagnostics, ImmutableArray<NetworkModel> networks)
    {
        Root = root;
        Options = options;
        Diagnostics = diagnostics;
        Networks = networks;
    }

    /// <summary>The compiled file.</summary>
    public SourceText Root { get; }

    /// <summary>The options.</summary>
    public CompilerOptions Options { get; }

    /// <summary>All findings, those of used files included.</summary>
    public EquatableArray<Diagnostic> Diagnostics { get; }

    /// <summary>Whether any finding is an error.</summary>
    public bool HasErrors => Diagnostics.Items.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>The networks that have no error, in the order of their declaration; none where the files cannot be read for errors of syntax or names.</summary>
    internal ImmutableArray<NetworkModel> Networks { get; }

    /// <summary>Compiles a file without comparing weights that its networks name.</summary>
    /// <inheritdoc cref="Create(SourceText, Func{string, SourceText?}, Func{string, string?}?, CompilerOptions, CancellationToken)"/>
    public static Compilation Create(
        SourceText root, Func<string, SourceText?> resolveUse, CompilerOptions options, CancellationToken cancellation = default) =>
        Create(root, resolveUse, null, options, cancellation);

    /// <summary>Compiles a file.</summary>
    /// <param name="root">The file.</param>
    /// <param name="resolveUse">Gives the text of a used file, or null if there is none. Paths are relative to the same folder as that of <paramref name="root"/>, with '/'.</param>
    /// <param name="resolveWeights">
    /// Gives the header, which is JSON, of a file of weights that a network names, or null if there is none; paths are as those of used
    /// files. Null where files of weights are not known: then they are not compared with the network.
    /// </param>
    /// <param name="options">The options.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Compilation Create(
        SourceText root, Func<string, SourceText?> resolveUse, Func<string, string?>? resolveWeights, CompilerOptions options, CancellationToken cancellation = default)
    {
        var diagnostics = new DiagnosticBag();
        var modules = new ModuleLoader(resolveUse, diagnostics, cancellation);
        var (module, unit) = modules.Load(root);
        var ownership = new VariableOwnership();
        var @namespace = unit.Namespace?.Name is { Length: > 0 } written ? written : options.RootNamespace;
        if (unit.Namespace is { } directive && CSharpNames.RefuseNamespace(directive.Name) is { } reason)
            diagnostics.Report(Diagnostic.Create(DiagnosticCatalog.NameInCSharp, root.Locate(directive.Span), directive.Name, directive.Name, reason));
        // A network that lost a statement to a mistake in the syntax may bind as another one.
        bool isReadable = !diagnostics.HasErrors;
        var networks = ImmutableArray.CreateBuilder<NetworkModel>();
        var choices = ImmutableDictionary<string, string>.Empty;
        foreach (var choice in options.KernelChoices)
            choices = choices.SetItem(choice.Signature, choice.Algorithm);
        foreach (var declaration in unit.Declarations.Where(declaration => ReferenceEquals(module.Declared(declaration.Name.Text), declaration)))
        {
            cancellation.ThrowIfCancellationRequested();
            var model = declaration switch
            {
                // With an argument to be given it is a template: its instances are compiled.
                NetworkDeclaration network when network.Parameters.All(parameter => parameter.Default is not null) =>
                    NetworkBinder.Bind(network, module, network, module, [], @namespace, diagnostics, ownership, resolveWeights, cancellation),
                NetworkInstance instance => BindInstance(instance, module, @namespace, diagnostics, ownership, resolveWeights, cancellation),
                _ => null,
            };
            if (model is null)
                continue;
            var exceeded = Budgets.Check(model, root).ToList();
            diagnostics.AddRange(exceeded);
            if (exceeded.Count == 0 && isReadable)
                networks.Add(model with { Choices = choices });
        }
        // After a mistake some applications may be missing for that reason alone.
        if (!diagnostics.HasErrors)
            UnappliedLayers.Check(module, ownership.Applied, diagnostics);
        var bound = networks.ToImmutable();
        // Of a program with mistakes it is not known which kernels it has.
        if (options.Tuning is { } record && !diagnostics.HasErrors)
        {
            var tuned = Tuning.Choices(record, options.Machine, bound.SelectMany(Kernels), diagnostics.Report);
            bound = [.. bound.Select(network => network with { Choices = tuned.SetItems(network.Choices) })];
        }
        if (options is { GpuTuning: { } gpuRecord, Gpu: GpuCode.WherePossible or GpuCode.Required } && !diagnostics.HasErrors)
        {
            var tuned = Tuning.Choices(gpuRecord, options.GpuMachine, bound.SelectMany(GpuKernels), diagnostics.Report);
            bound = [.. bound.Select(network => network with { GpuChoices = tuned })];
        }
        ReportGpu(root, options, bound, diagnostics);
        return new Compilation(root, options, diagnostics.ToArray(), bound);
    }

    static void ReportGpu(SourceText root, CompilerOptions options, ImmutableArray<NetworkModel> networks, DiagnosticBag diagnostics)
    {
        if (options.Gpu == GpuCode.Signed)
            diagnostics.Report(DiagnosticCatalog.GpuCodeInSignedAssembly, root.Locate(new TextSpan(0, 0)));
        if (options.Gpu == GpuCode.Unknown)
            diagnostics.Report(DiagnosticCatalog.UnknownTarget, root.Locate(new TextSpan(0, 0)));
        if (options.Gpu == GpuCode.Missing)
            diagnostics.Report(DiagnosticCatalog.GpuPackageMissing, root.Locate(new TextSpan(0, 0)));
        if (options.Gpu is not (GpuCode.WherePossible or GpuCode.Required))
            return;
        var kind = options.Gpu == GpuCode.Required ? DiagnosticCatalog.GpuCodeRefused : DiagnosticCatalog.NoGpuCode;
        foreach (var network in networks)
        {
            if (GpuSupport.Missing(network) is { } missing)
                diagnostics.Report(kind, missing.Node.Origin.Location, network.Name, missing.Function, missing.Node.Operator.Name, missing.Node.Shape.Rank);
        }
    }

    /// <summary>The paths that a file names in <c>use</c>, relative to the same folder as its own path.</summary>
    public static ImmutableArray<string> UsedPaths(SourceText source) =>
    [
        .. SyntaxTree.Parse(source).Root.Uses.Select(use => ModuleLoader.Resolve(source.Path, use.Path.Value)).OfType<string>(),
    ];

    /// <summary>The kernels of a network for which there is a choice, with what each is allowed: convolutions as they are bound, products as passes leave them.</summary>
    static IEnumerable<AllowedKernel> Kernels(NetworkModel network)
    {
        foreach (var function in network.Functions)
        {
            // Convolutions in the bodies of scans are not here: there is no choice for them.
            foreach (var node in Node.Reachable(function.Roots))
            {
                if (ConvolutionProblem.Of(node, function.Trains) is { } problem)
                    yield return new(problem, KernelDescription.BudgetOf(ConvolutionProblem.OperatorOf(node)!, network));
            }
            foreach (var node in KernelDescription.Nodes(Pipeline.Run(network, function).Roots))
            {
                if (ProductProblem.Of(node, function.Trains) is { } problem)
                    yield return new(problem, KernelDescription.BudgetOf(network));
            }
        }
    }

    /// <summary>The same on a GPU; none of networks that have no code for it.</summary>
    static IEnumerable<AllowedKernel> GpuKernels(NetworkModel network) =>
        GpuSupport.Missing(network) is not null ? [] : network.Functions.SelectMany(function =>
            KernelDescription.Nodes(Pipeline.RunForGpu(network, function).Roots).Select(node => KernelDescription.AllowedOnGpu(node, network, function.Trains)).OfType<AllowedKernel>());

    /// <summary>The path of the tuning record of a file: <c>lenet.tune.json</c> beside <c>lenet.net</c>.</summary>
    public static string TuningPath(string path) => TuningRecord.PathOf(path);

    /// <summary>The path of its record for GPUs: <c>lenet.gpu.tune.json</c>.</summary>
    public static string GpuTuningPath(string path) => TuningRecord.PathOf(path, onGpu: true);

    /// <summary>The warning of a tuning record that belongs to no network file.</summary>
    public static Diagnostic UnusedTuning(SourceText record) =>
        Diagnostic.Create(DiagnosticCatalog.TuningOfNothing, record.Locate(new TextSpan(0, 0)), TuningRecord.NetworkOf(record.Path));

    /// <summary>The paths of the files of weights that a file's networks name, relative to the same folder as its own path.</summary>
    public static ImmutableArray<string> WeightsPaths(SourceText source)
    {
        var paths = new List<string>();
        void Search(Block? block)
        {
            foreach (var statement in block?.Statements ?? [])
            {
                switch (statement)
                {
                    case WeightsStatement weights when ModuleLoader.Resolve(source.Path, weights.Path.Value) is { } path:
                        paths.Add(path);
                        break;
                    case IfStatement choice:
                        Search(choice.Then);
                        Search(choice.Else);
                        break;
                    case ForStatement loop:
                        Search(loop.Body);
                        break;
                }
            }
        }
        foreach (var network in SyntaxTree.Parse(source).Root.Declarations.OfType<NetworkDeclaration>())
            Search(network.Body);
        return [.. paths.Distinct()];
    }

    static NetworkModel? BindInstance(
        NetworkInstance instance, Module module, string @namespace, DiagnosticBag diagnostics, VariableOwnership ownership,
        Func<string, string?>? resolveWeights, CancellationToken cancellation)
    {
        var (callee, arguments) = instance.Value switch
        {
            NameExpression name => (name, []),
            CallExpression { Callee: NameExpression name, IsPiped: false } call => (name, call.Arguments),
            _ => (null, ImmutableArray<Syntax.Argument>.Empty),
        };
        if (callee is null)
        {
            if (instance.Value is not ErrorExpression)
                diagnostics.Report(DiagnosticCatalog.InvalidInstance, instance.Source.Locate(instance.Value.Span));
            return null;
        }
        switch (module.Network(callee.Name))
        {
            case { Declaration: NetworkDeclaration network, Module: var home }:
                return NetworkBinder.Bind(network, home, instance, module, arguments, @namespace, diagnostics, ownership, resolveWeights, cancellation);
            case not null:
                diagnostics.Report(DiagnosticCatalog.InvalidInstance, instance.Source.Locate(callee.Span));
                return null;
            default:
                if (callee.Name.Length > 0)
                    diagnostics.Report(DiagnosticCatalog.UnknownNetwork, instance.Source.Locate(callee.Span), callee.Name, Suggestions.DidYouMean(callee.Name, module.NetworkNames));
                return null;
        }
    }
}
