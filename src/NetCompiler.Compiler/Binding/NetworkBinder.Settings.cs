using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Syntax;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    static readonly string[] _precisions = ["f32", "tf32", "bf16", "f16"];
    static readonly string[] _settingNames = ["precision", "error", "memory"];

    readonly HashSet<string> _set = new(StringComparer.Ordinal);
    NetworkSettings _settings = NetworkSettings.None;
    (string File, string Path, SourceLocation Location)? _weights;

    void Set(Frame frame, SettingStatement setting)
    {
        var name = setting.Name.Text;
        if (!_settingNames.Contains(name))
        {
            Report(DiagnosticCatalog.UnknownSetting, frame, setting.Name.Span, name, Suggestions.DidYouMean(name, _settingNames));
            return;
        }
        if (!_set.Add(name))
        {
            Report(DiagnosticCatalog.DuplicateName, frame, setting.Name.Span, name, "set in this network");
            return;
        }
        if (name == "precision")
            SetPrecision(frame, setting.Value);
        else if (name == "memory")
            SetMemory(frame, setting.Value);
        else if (EvaluateNamed(frame, name, setting.Value) is var value && value.AsNumber() is > 0 and < 1 and var error)
            _settings = _settings with { Error = error };
        else if (value is not PoisonValue)
            Report(DiagnosticCatalog.WrongKind, frame, setting.Value.Focus, "'error'", "a number between 0 and 1, such as 1e-4", value.Describe());
    }

    void SetPrecision(Frame frame, Expression value)
    {
        // Not all of these are element types, so the names stand for themselves.
        var name = value is NameExpression { Name: var written } ? written : "";
        if (!_precisions.Contains(name))
            Report(DiagnosticCatalog.WrongKind, frame, value.Focus, "'precision'", "f32, tf32, bf16 or f16", $"'{Text(frame, value.Span)}'");
        else
            _settings = _settings with { Precision = name };
    }

    /// <summary>A number of bytes, or <c>budget(bytes, N: 64)</c> for given sizes.</summary>
    void SetMemory(Frame frame, Expression value)
    {
        var sizes = ImmutableDictionary<string, long>.Empty;
        var limit = value;
        if (value is CallExpression { Callee: NameExpression { Name: "budget" }, IsPiped: false } call && frame.Lookup("budget") is null && call.Arguments.Length > 0)
        {
            limit = call.Arguments[0].Value;
            foreach (var argument in call.Arguments.Skip(1))
            {
                if (argument.Name is { } symbol && Evaluate(frame, argument.Value) is IntegerValue { Number: > 0 and var size })
                    sizes = sizes.SetItem(symbol.Text, size);
                else
                {
                    Report(DiagnosticCatalog.InvalidMemoryLimit, frame, argument.Span, "this is not the size of a dimension, such as N: 64");
                    return;
                }
            }
        }
        var bytes = Evaluate(frame, limit);
        if (bytes.AsNumber() is >= 1 and < 1e18 and var number)
            _settings = _settings with { Memory = new MemoryLimit((long)number, sizes, frame.Locate(value.Span)) };
        else if (bytes is not PoisonValue)
            Report(DiagnosticCatalog.WrongKind, frame, limit.Focus, "'memory'", "a number of bytes, such as 512MB, or budget(512MB, N: 64)", bytes.Describe());
    }

    /// <summary>The functions; those that learn with the limit of memory, which may stand anywhere in the text.</summary>
    IEnumerable<FunctionModel> Limited() => _functions.Select(function => function.Trains ? function with { Memory = _settings.Memory } : function);

    void DeclareWeights(Frame frame, WeightsStatement weights)
    {
        var location = frame.Locate(weights.Path.Span);
        if (_weights is not null)
            Report(DiagnosticCatalog.DuplicateName, frame, weights.Span, "weights", "given for this network");
        else if (ModuleLoader.Resolve(frame.Source.Path, weights.Path.Value) is not { } path)
            _reporter.Report(DiagnosticCatalog.InvalidWeights, location, weights.Path.Value, "a path is relative to this file, with '/'");
        else
            _weights = (weights.Path.Value, path, location);
    }

    /// <summary>Holds the network against the file of its weights, whose header the compiler is given: null where nothing is known of files.</summary>
    void CheckWeights(Func<string, string?>? resolveWeights)
    {
        if (_weights is not var (file, path, location) || resolveWeights is null)
            return;
        if (resolveWeights(path) is not { } header)
        {
            _reporter.Report(DiagnosticCatalog.InvalidWeights, location, file, $"there is no file {path}; in a project it must be one of the AdditionalFiles");
            return;
        }
        if (WeightsFile.Parse(header) is not { } known)
        {
            _reporter.Report(DiagnosticCatalog.InvalidWeights, location, file, "it is no safetensors file");
            return;
        }
        foreach (var variable in _inOrder)
        {
            if (!known.Tensors.TryGetValue(variable.Name, out var found))
            {
                if (variable.Kind == VariableKind.Parameter)
                    _reporter.Report(DiagnosticCatalog.WeightsMismatch, variable.Origin.Location, file, $"it has no '{variable.Name}'{Suggestions.DidYouMean(variable.Name, known.Tensors.Keys)}");
            }
            else if (found != WeightsFile.TypeOf(variable.Type) && variable.Type.Shape.Dims.All(dim => dim.IsConstant))
                _reporter.Report(DiagnosticCatalog.WeightsMismatch, variable.Origin.Location, file, $"'{variable.Name}' is {found} there, but {WeightsFile.TypeOf(variable.Type)} here");
        }
        var own = new HashSet<string>(_inOrder.Select(variable => variable.Name), StringComparer.Ordinal);
        var unknown = known.Tensors.Keys.Where(name => !own.Contains(name)).ToList();
        if (unknown.Count > 0)
            _reporter.Report(DiagnosticCatalog.UnusedWeights, location, file, unknown.Count, string.Join(", ", unknown.Take(5)) + (unknown.Count > 5 ? ", …" : ""));
    }
}
