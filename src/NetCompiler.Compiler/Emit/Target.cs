using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;

namespace NetCompiler.Emit;

/// <summary>A loop kernel as C#.</summary>
/// <param name="Text">The struct, under <see cref="LoopKernelText.NamePlaceholder"/>.</param>
/// <param name="Symbols">The symbols that its constructor takes after the operands.</param>
/// <param name="Launch">The method that starts it, for targets that have several.</param>
internal sealed record KernelText(string Text, ImmutableArray<string> Symbols, string Launch = "");

/// <summary>What emitted code runs on: how the steps of a plan are spelled there. The steps themselves and their order are the plan's.</summary>
internal abstract class Target
{
    /// <summary>What the names of a plan's class and field begin with.</summary>
    public abstract string Prefix { get; }

    /// <summary>What the names of loop kernels begin with, before their number.</summary>
    public abstract string KernelPrefix { get; }

    /// <summary>The first argument of each kernel of the runtime: who computes.</summary>
    public abstract string Executor { get; }

    /// <summary>The type of blocks of memory.</summary>
    public abstract string Buffer { get; }

    /// <summary>What of such a block tells that it lies elsewhere.</summary>
    public virtual string Place => "Start";

    /// <summary>The type of addresses of elements.</summary>
    public abstract string Pointer(DType element);

    /// <summary>The type of elements in memory.</summary>
    public abstract string Storage(DType element);

    /// <summary>The type of sizes in the plan's fields.</summary>
    public abstract string SizeType { get; }

    /// <summary>A loop kernel; <paramref name="tile"/> for one that ends a product.</summary>
    public abstract KernelText Write(LoopKernel kernel, TileUse? tile);

    /// <summary>What a loop kernel ranges over.</summary>
    public abstract Dim RangeOf(LoopKernel kernel);

    /// <summary>The statement that runs loops.</summary>
    public abstract string Run(string instance, string launch, LoopKernel kernel, Dim range);

    /// <summary>How many loops are started at once at most.</summary>
    public virtual int MostJoined => 1;

    /// <summary>Whether loops may be started with others.</summary>
    public virtual bool Joins(LoopKernel kernel) => false;

    /// <summary>The statement that runs several loops at once.</summary>
    public virtual string RunJoined(IEnumerable<(string Instance, Dim Range)> loops) => throw new InvalidOperationException($"{GetType().Name} joins no loops");

    /// <summary>The statement that copies so many elements.</summary>
    public abstract string Copy(string from, string to, string count);

    /// <summary>The statement that sets so many elements to 0.</summary>
    public abstract string Clear(string to, string count);

    /// <summary>A tensor without axes as an argument of the runtime.</summary>
    public abstract string Scalar(string address);

    /// <summary>
    /// What a call of a product or convolution is told of the algorithm that was chosen, after all else; empty for nothing, null on targets that have other calls
    /// for other algorithms.
    /// </summary>
    public virtual string? Method(Node node) => null;

    /// <summary>The class whose methods compute a planar convolution, and the tile that they take after the sizes; 0 for none.</summary>
    public virtual (string Class, int Tile) Kernel(Convolution convolution) => (RuntimeApi.Convolution, 0);

    /// <summary>A value as it lies in memory.</summary>
    public virtual string Literal(double value, DType element) => CSharp.Literal(value, element);
}
