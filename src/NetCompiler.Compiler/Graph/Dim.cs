using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace NetCompiler.Graph;

/// <summary>How two dimensions relate for every value that their symbols can take.</summary>
internal enum DimRelation
{
    Equal,
    Unequal,
    /// <summary>Neither can be shown at build time: the generated method checks on entry.</summary>
    Unknown,
}

/// <summary>
/// One extent of a shape: a polynomial with integer coefficients over symbols (<c>N</c>) and floored quotients
/// (<c>(N - 5) / 2</c>), kept in a normal form, so that equal polynomials are equal values. Symbols are never negative.
/// </summary>
internal sealed class Dim : IEquatable<Dim>
{
    /// <summary>A product of atoms in sorted order; the empty product is 1.</summary>
    readonly record struct Term(string Key, ImmutableArray<Atom> Atoms, long Coefficient);

    abstract record Atom(string Key);

    sealed record SymbolAtom(string Name) : Atom(Name);

    sealed record QuotientAtom(Dim Numerator, long Divisor) : Atom($"({Numerator})/{Divisor.ToString(CultureInfo.InvariantCulture)}");

    readonly ImmutableArray<Term> _terms; // sorted by key, no zero coefficient
    string? _text;

    // Most dimensions are constants, and binding makes very many: they skip the normal form.
    Dim(long value)
    {
        _terms = value == 0 ? [] : [new Term("", [], value)];
        IsConstant = true;
    }

    Dim(IEnumerable<Term> terms)
    {
        _terms = terms
            .GroupBy(term => term.Key, StringComparer.Ordinal)
            .Select(group => group.First() with { Coefficient = checked(group.Sum(term => term.Coefficient)) })
            .Where(term => term.Coefficient != 0)
            .OrderBy(term => term.Key, StringComparer.Ordinal)
            .ToImmutableArray();
        IsConstant = _terms.All(term => term.Atoms.IsEmpty);
    }

    public static Dim Zero { get; } = Of(0);

    public static Dim One { get; } = Of(1);

    public static Dim Of(long value) => new(value);

    public static Dim Symbol(string name) => Of(new SymbolAtom(name));

    static Dim Of(Atom atom) => new([new Term(atom.Key, [atom], 1)]);

    public static implicit operator Dim(long value) => Of(value);

    public bool IsConstant { get; }

    /// <summary>The value of a constant dimension.</summary>
    public long Value => IsConstant
        ? _terms.IsEmpty ? 0 : _terms[0].Coefficient
        : throw new InvalidOperationException($"the dimension {this} is symbolic");

    public bool Is(long value) => IsConstant && Value == value;

    /// <summary>The name if this is exactly one symbol.</summary>
    public string? SymbolName =>
        _terms.Length == 1 && _terms[0] is { Coefficient: 1, Atoms: [SymbolAtom symbol] } ? symbol.Name : null;

    /// <summary>The names of all symbols in it, sorted.</summary>
    public IEnumerable<string> Symbols =>
        _terms.SelectMany(term => term.Atoms).SelectMany(atom => atom switch
        {
            SymbolAtom symbol => [symbol.Name],
            QuotientAtom quotient => quotient.Numerator.Symbols,
            _ => Enumerable.Empty<string>(),
        }).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal);

    public static Dim operator +(Dim a, Dim b) =>
        a.IsConstant && b.IsConstant ? Of(checked(a.Value + b.Value)) : new(a._terms.Concat(b._terms));

    public static Dim operator -(Dim a, Dim b) => a + b * Of(-1);

    public static Dim operator *(Dim a, Dim b) => a.IsConstant && b.IsConstant ? Of(checked(a.Value * b.Value)) : new(
        from x in a._terms
        from y in b._terms
        let atoms = x.Atoms.AddRange(y.Atoms).Sort((p, q) => string.CompareOrdinal(p.Key, q.Key))
        select new Term(string.Join("*", atoms.Select(atom => atom.Key)), atoms, checked(x.Coefficient * y.Coefficient)));

    public static Dim Product(IEnumerable<Dim> dims) => dims.Aggregate(One, (product, dim) => product * dim);

    /// <summary>The quotient rounded towards minus infinity.</summary>
    public Dim FloorDivide(long divisor)
    {
        if (divisor <= 0)
            throw new ArgumentOutOfRangeException(nameof(divisor), divisor, "a dimension is divided by positive numbers only");
        // floor((d*q + r) / d) = q + floor(r / d): move what divides evenly out of the quotient.
        var even = new Dim(_terms.Select(term => term with { Coefficient = FloorQuotient(term.Coefficient, divisor) }));
        var rest = this - even * divisor;
        if (rest.IsConstant)
            return even + FloorQuotient(rest.Value, divisor);
        // floor((g*p + c) / (g*d)) = floor((p + floor(c/g)) / d) for an integer p: 2*N / 4 is N / 2.
        long common = rest._terms.Where(term => term.Key.Length > 0).Aggregate(divisor, (gcd, term) => GreatestCommonDivisor(gcd, term.Coefficient));
        if (common > 1)
            return even + new Dim(rest._terms.Select(term => term with { Coefficient = FloorQuotient(term.Coefficient, common) })).FloorDivide(divisor / common);
        // floor((floor(p/q) + c) / d) = floor((p + c*q) / (q*d)): halving twice is dividing by four.
        var symbolic = rest._terms.Where(term => term.Key.Length > 0).ToList();
        if (symbolic.Count == 1 && symbolic[0] is { Coefficient: 1, Atoms: [QuotientAtom inner] })
        {
            var constant = new Dim(rest._terms.Where(term => term.Key.Length == 0));
            return even + (inner.Numerator + constant * inner.Divisor).FloorDivide(checked(inner.Divisor * divisor));
        }
        return even + Of(new QuotientAtom(rest, divisor));
    }

    static long GreatestCommonDivisor(long a, long b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);

    static long FloorQuotient(long a, long b) => a / b - (a % b < 0 ? 1 : 0);

    /// <summary>This divided by <paramref name="divisor"/> if that is one term and divides evenly whatever the symbols are, else null.</summary>
    public Dim? DivideExactly(Dim divisor)
    {
        if (divisor._terms.Length != 1)
            return Equals(divisor) && _terms.Length > 0 ? One : null;
        var by = divisor._terms[0];
        var quotient = new List<Term>();
        foreach (var term in _terms)
        {
            if (term.Coefficient % by.Coefficient != 0)
                return null;
            var atoms = term.Atoms;
            foreach (var atom in by.Atoms)
            {
                int index = atoms.IndexOf(atom);
                if (index < 0)
                    return null;
                atoms = atoms.RemoveAt(index);
            }
            quotient.Add(new Term(string.Join("*", atoms.Select(atom => atom.Key)), atoms, term.Coefficient / by.Coefficient));
        }
        return new Dim(quotient);
    }

    /// <summary>The greatest number that divides this whatever the symbols are; 0 for the dimension 0.</summary>
    public long Content => _terms.Aggregate(0L, (gcd, term) => GreatestCommonDivisor(Math.Abs(term.Coefficient), gcd));

    /// <summary>One product of symbols and numbers, or a number.</summary>
    public bool IsTerm => _terms.Length == 1;

    public static DimRelation Compare(Dim a, Dim b)
    {
        if (a == b)
            return DimRelation.Equal;
        var difference = a - b;
        if (difference.IsConstant)
            return difference.Value == 0 ? DimRelation.Equal : DimRelation.Unequal;
        return difference.IsPositive || (b - a).IsPositive ? DimRelation.Unequal : DimRelation.Unknown;
    }

    /// <summary>Surely at least 1: a positive constant and no negative or possibly negative term.</summary>
    public bool IsPositive =>
        _terms.Length > 0 && _terms[0] is { Key: "", Coefficient: > 0 }
        && _terms.All(term => term.Coefficient > 0 && term.Atoms.All(atom => atom is SymbolAtom));

    /// <summary>Surely not negative: no negative coefficient, and no quotient of what may be negative.</summary>
    public bool IsNonNegative => _terms.All(term =>
        term.Coefficient > 0 && term.Atoms.All(atom => atom is not QuotientAtom quotient || quotient.Numerator.IsNonNegative));

    /// <summary>The value for given symbols; a missing symbol is a bug.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public long Evaluate(IReadOnlyDictionary<string, long> symbols)
    {
        long sum = 0;
        foreach (var term in _terms)
        {
            long product = term.Coefficient;
            foreach (var atom in term.Atoms)
            {
                product = checked(product * atom switch
                {
                    SymbolAtom symbol => symbols[symbol.Name],
                    QuotientAtom quotient => FloorQuotient(quotient.Numerator.Evaluate(symbols), quotient.Divisor),
                    _ => throw new InvalidOperationException(),
                });
            }
            sum = checked(sum + product);
        }
        return sum;
    }

    /// <summary>
    /// The polynomial as an expression of another language: <paramref name="symbol"/> writes a symbol and
    /// <paramref name="quotient"/> a floored quotient whose numerator may be negative.
    /// </summary>
    public string Format(Func<string, string> symbol, Func<string, long, string> quotient)
    {
        if (_terms.IsEmpty)
            return "0";
        // Symbols first and the constant last, as people write: 2*N - 1.
        var ordered = _terms.Where(term => term.Key.Length > 0).Concat(_terms.Where(term => term.Key.Length == 0));
        string text = "";
        foreach (var term in ordered)
        {
            long magnitude = Math.Abs(term.Coefficient);
            var factors = term.Atoms.Select(atom => atom switch
            {
                SymbolAtom s => symbol(s.Name),
                QuotientAtom q => quotient(q.Numerator.Format(symbol, quotient), q.Divisor),
                _ => throw new InvalidOperationException(),
            }).ToList();
            if (magnitude != 1 || factors.Count == 0)
                factors.Insert(0, magnitude.ToString(CultureInfo.InvariantCulture));
            string product = string.Join(" * ", factors);
            text += text.Length == 0
                ? (term.Coefficient < 0 ? "-" : "") + product
                : (term.Coefficient < 0 ? " - " : " + ") + product;
        }
        return text;
    }

    string Print() => Format(name => name, (numerator, divisor) => $"(({numerator}) / {divisor.ToString(CultureInfo.InvariantCulture)})").Replace(" * ", "*");

    public bool Equals(Dim? other) =>
        ReferenceEquals(this, other)
        || other is not null && IsConstant == other.IsConstant && (IsConstant ? Value == other.Value : ToString() == other.ToString());

    public override bool Equals(object? obj) => obj is Dim other && Equals(other);

    public override int GetHashCode() => IsConstant ? Value.GetHashCode() : StringComparer.Ordinal.GetHashCode(ToString());

    public static bool operator ==(Dim? a, Dim? b) => a is null ? b is null : a.Equals(b);

    public static bool operator !=(Dim? a, Dim? b) => !(a == b);

    public override string ToString() => _text ??= Print();
}
