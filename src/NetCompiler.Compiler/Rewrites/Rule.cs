using System;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Rewrites;

/// <summary>An equation read from left to right: where the pattern matches and the condition holds, the result replaces the node.</summary>
internal sealed class Rule
{
    readonly Pattern _from;
    readonly Func<Match, bool>? _when;
    readonly Func<Match, Node?> _to;

    /// <param name="name">The rule in words: <c>LogOfSigmoid</c>.</param>
    /// <param name="equation">What is equal to what: <c>log(sigmoid(x)) = -softplus(-x)</c>.</param>
    /// <param name="from">The left side.</param>
    /// <param name="to">The right side, written with the variables of the left.</param>
    /// <param name="ends">Why the rule cannot be applied for ever: the measure that falls.</param>
    /// <param name="when">The condition on what the pattern has bound.</param>
    /// <param name="specials">What becomes of NaN and infinities, where that is not as it was.</param>
    public Rule(string name, string equation, Pattern from, Pattern to, string ends, Func<Match, bool>? when = null, string specials = "")
        : this(name, equation, from, match => to.Build(match, match.Root.Type), ends, when, specials)
    {
    }

    /// <summary>For results that no pattern can write; <paramref name="to"/> gives null where the rule does not apply after all.</summary>
    /// <inheritdoc cref="Rule(string, string, Pattern, Pattern, string, Func{Match, bool}, string)"/>
    public Rule(string name, string equation, Pattern from, Func<Match, Node?> to, string ends, Func<Match, bool>? when = null, string specials = "")
    {
        Name = name;
        Equation = equation;
        Ends = ends;
        Specials = specials;
        _from = from;
        _when = when;
        _to = to;
    }

    public string Name { get; }

    public string Equation { get; }

    /// <summary>Why the rule cannot be applied for ever.</summary>
    public string Ends { get; }

    /// <summary>What becomes of NaN and infinities, where that is not as it was.</summary>
    public string Specials { get; }

    /// <summary>Whether the rule can match a node of this operator.</summary>
    public bool Concerns(Type operatorType) => _from.Admits(operatorType);

    /// <summary>The replacement of the match's root, of the same type; null if the rule does not apply.</summary>
    public Node? Apply(Match match)
    {
        match.Clear();
        if (!_from.Matches(match.Root, match) || _when is not null && !_when(match))
            return null;
        var result = _to(match);
        if (result is null || result == match.Root)
            return null;
        if (result.Type != match.Root.Type)
            throw new InvalidOperationException($"rule {Name} turns {match.Root} into {result}: another type");
        return result;
    }

    public override string ToString() => $"{Name}: {Equation}";
}

/// <summary>Rules that are applied together until none applies. Of several that match a node, the first is taken.</summary>
internal sealed class RuleSet(string name, params ImmutableArray<Rule> rules)
{
    public string Name { get; } = name;

    public ImmutableArray<Rule> Rules { get; } = rules;

    public static RuleSet operator +(RuleSet a, RuleSet b) => new($"{a.Name} + {b.Name}", a.Rules.AddRange(b.Rules));

    public ImmutableArray<Rule> For(Type operatorType) => [.. Rules.Where(rule => rule.Concerns(operatorType))];
}
