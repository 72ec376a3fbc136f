using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>
/// A file with the names its text may use: its own declarations, those of the files that it names in <c>use</c>, then the
/// standard library. A file's own layer hides a library layer of the same name.
/// </summary>
internal sealed class Module(SourceText source, bool isLibrary, Module? library)
{
    readonly Dictionary<string, LayerDefinition> _layers = new(StringComparer.Ordinal);
    readonly Dictionary<string, LayerDefinition> _optimizers = new(StringComparer.Ordinal);
    readonly Dictionary<string, (Declaration Declaration, Module Module)> _networks = new(StringComparer.Ordinal);
    readonly Dictionary<string, Declaration> _declared = new(StringComparer.Ordinal);
    readonly List<Module> _used = [];

    public SourceText Source { get; } = source;

    /// <summary>Whether the file is part of the compiler: users cannot edit it, so mistakes are shown where they used it.</summary>
    public bool IsLibrary { get; } = isLibrary;

    /// <summary>The declaration of this file under a name, whatever its kind.</summary>
    public Declaration? Declared(string name) => _declared.TryGetValue(name, out var declaration) ? declaration : null;

    /// <summary>Adds a declaration; false if the file already declares the name.</summary>
    public bool Add(Declaration declaration)
    {
        var name = declaration.Name.Text;
        if (_declared.ContainsKey(name))
            return false;
        _declared.Add(name, declaration);
        switch (declaration)
        {
            case LayerDeclaration layer:
                _layers.Add(name, LayerDefinition.Of(layer, this));
                break;
            case OptimizerDeclaration optimizer:
                _optimizers.Add(name, LayerDefinition.Of(optimizer, this));
                break;
            default:
                _networks.Add(name, (declaration, this));
                break;
        }
        return true;
    }

    public void Use(Module other) => _used.Add(other);

    /// <summary>What another used file declares under a name that <paramref name="other"/> declares too, for each such name that this file does not declare itself.</summary>
    public IEnumerable<(Declaration First, Declaration Second)> Ambiguous(Module other) =>
        from declared in other._declared
        where !_declared.ContainsKey(declared.Key)
        from used in _used.Contains(other) ? [] : _used
        let first = used.Declared(declared.Key)
        where first is not null
        select (first, declared.Value);

    public LayerDefinition? Layer(string name) => Find(name, module => module._layers);

    public LayerDefinition? Optimizer(string name) => Find(name, module => module._optimizers);

    public (Declaration Declaration, Module Module)? Network(string name)
    {
        foreach (var module in (Module[])[this, .. _used])
        {
            if (module._networks.TryGetValue(name, out var network))
                return network;
        }
        return null;
    }

    /// <summary>Every layer that text in this file may name.</summary>
    public IEnumerable<string> LayerNames => Sources.SelectMany(module => module._layers.Keys);

    public IEnumerable<string> OptimizerNames => Sources.SelectMany(module => module._optimizers.Keys);

    public IEnumerable<string> NetworkNames => Sources.SelectMany(module => module._networks.Keys);

    public IEnumerable<LayerDefinition> OwnLayers => _layers.Values;

    IEnumerable<Module> Sources => library is null ? [this, .. _used] : [this, .. _used, library];

    LayerDefinition? Find(string name, Func<Module, Dictionary<string, LayerDefinition>> table) =>
        Sources.Select(module => table(module).TryGetValue(name, out var found) ? found : null).FirstOrDefault(found => found is not null);
}
