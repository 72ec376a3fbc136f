using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;
using Argument = NetCompiler.Graph.Argument;
using Declared = NetCompiler.Syntax.VariableKind;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    void Declare(Frame frame, VariableDeclaration declaration)
    {
        if (declaration.Kind == Declared.Input)
        {
            DeclareInputs(frame, declaration);
            return;
        }
        var type = declaration.Type is null ? null : EvaluateType(frame, declaration.Type, isInput: false);
        bool typed = declaration.Type is null || type is not null;
        foreach (var identifier in declaration.Names.Where(identifier => !identifier.IsMissing))
        {
            var name = identifier.Text;
            frame.Names.TryGetValue(name, out var before);
            if (!IsNew(frame, identifier))
                continue;
            frame.Names[name] = PoisonValue.Instance;
            if (!typed)
                continue;
            if (before is TensorValue { Node.Operator: FunctionArgument } && frame.Kind == FrameKind.Network)
            {
                Report(DiagnosticCatalog.DuplicateName, frame, identifier.Span, name, "an input");
                continue;
            }
            if (declaration.Initializer is null)
            {
                Report(DiagnosticCatalog.MissingInitializer, frame, identifier.Span, name);
                continue;
            }
            var initial = EvaluateNamed(frame, name + "_initial", declaration.Initializer);
            var variableType = type ?? (initial as TensorValue)?.Node.Type;
            if (variableType is null)
            {
                if (initial is not PoisonValue)
                    Report(DiagnosticCatalog.MissingType, frame, identifier.Span, name, "f32[10]");
                continue;
            }
            if (DeclareVariable(frame, declaration, identifier, variableType, initial) is not { } variable)
                continue;
            if (declaration.Type is { } written)
                DeclareAxes(frame, written, Read(variable));
            frame.Names[name] = ReadDeclared(frame, name, variable);
        }
    }

    void DeclareInputs(Frame frame, VariableDeclaration declaration)
    {
        if (declaration.Initializer is { } initializer)
            Report(DiagnosticCatalog.InputWithValue, frame, initializer.Span);
        if (declaration.Type is null)
            Report(DiagnosticCatalog.MissingType, frame, declaration.Names[0].Span, declaration.Names[0].Text, "f32[N, 10]");
        var type = declaration.Type is null ? null : EvaluateType(frame, declaration.Type, isInput: true);
        foreach (var identifier in declaration.Names.Where(identifier => !identifier.IsMissing))
        {
            var name = identifier.Text;
            if (!IsNew(frame, identifier))
                continue;
            if (frame.Names.TryGetValue(name, out var before) && before is not PoisonValue)
            {
                Report(DiagnosticCatalog.DuplicateName, frame, identifier.Span, name, before.Describe());
                continue;
            }
            frame.Names[name] = PoisonValue.Instance;
            if (_symbols.Contains(name))
                Report(DiagnosticCatalog.DuplicateName, frame, identifier.Span, name, "a dimension");
            if (type is null || _symbols.Contains(name))
            {
                _poisonedInputs.Add(name);
                continue;
            }
            var origin = new Origin(frame.Locate(identifier.Span), frame.Path.Reserve(name));
            _inputs[name] = new Argument(name, type, origin, declaration.Documentation ?? "");
            _graph.Origin = origin;
            var node = _graph.Make(new FunctionArgument(name, type));
            DeclareAxes(frame, declaration.Type!, node);
            frame.Names[name] = new TensorValue(node);
        }
    }

    /// <summary>Inputs whose type has an error: they exist, but nothing is known about them.</summary>
    readonly HashSet<string> _poisonedInputs = new(StringComparer.Ordinal);

    bool IsNew(Frame frame, Identifier identifier)
    {
        var place = frame.Path.Join(identifier.Text);
        if (frame.Declarations.TryGetValue(place, out var first))
        {
            Report(DiagnosticCatalog.DuplicateName, frame, identifier.Span, identifier.Text, $"declared in line {frame.Locate(first).Start.Line + 1}");
            return false;
        }
        frame.Declarations.Add(place, identifier.Span);
        return true;
    }

    Variable? DeclareVariable(Frame frame, VariableDeclaration declaration, Identifier identifier, TensorType type, Value initial)
    {
        var site = new Site(frame, identifier.Span);
        bool learned = declaration.Kind == Declared.Param;
        if (learned && type.Shape.Dims.FirstOrDefault(dim => !dim.IsConstant) is { } symbolic)
        {
            _reporter.Report(DiagnosticCatalog.SymbolicVariable, site, identifier.Text, type, symbolic);
            return null;
        }
        if (learned && !type.Element.IsFloat())
        {
            _reporter.Report(DiagnosticCatalog.ParamNotFloat, site, identifier.Text, type.Element.Name());
            return null;
        }
        if (learned && Optimizing(frame) is { } optimizer)
        {
            _reporter.Report(DiagnosticCatalog.ParamInOptimizer, site, identifier.Text, optimizer.Name);
            return null;
        }
        if (!_tensors.IsRepresentable(site, type.Shape) || InitializerOf(frame, declaration.Initializer!, initial, type) is not { } initializer)
            return null;

        var name = frame.Path.Reserve(identifier.Text);
        frame.OwnVariables.Add(identifier.Text);
        if (_variables.TryGetValue(name, out var shared))
        {
            if (shared.Type == type)
                return shared;
            _reporter.Report(DiagnosticCatalog.SharedMismatch, site, name, shared.Type, type);
            return null;
        }
        var (editable, location) = frame.Editable(site.Location);
        var origin = new Origin(location, ReferenceEquals(editable, frame) ? name : frame.Path.Prefix);
        var variable = new Variable(
            name, type, learned ? VariableKind.Parameter : KindOfState(frame), initializer, origin, declaration.Documentation ?? "");
        _variables.Add(name, variable);
        _inOrder.Add(variable);
        if (frame.Kind == FrameKind.Optimizer)
            frame.Assignable[identifier.Text] = variable;
        return variable;
    }

    /// <summary>The optimizer from whose body a frame is reached; null if there is none.</summary>
    static Frame? Optimizing(Frame? frame)
    {
        while (frame is not null && frame.Kind != FrameKind.Optimizer)
            frame = frame.Caller;
        return frame;
    }

    static VariableKind KindOfState(Frame frame) => frame.Kind switch
    {
        FrameKind.Optimizer => VariableKind.Moment,
        FrameKind.Layer => VariableKind.Statistic,
        _ => VariableKind.State,
    };

    Initializer? InitializerOf(Frame frame, Expression expression, Value value, TensorType type)
    {
        switch (value)
        {
            case PoisonValue:
                return null;
            case InitializerValue initializer:
                if (type.Shape.Dims.Any(dim => !dim.IsConstant) && initializer.Create(new Shape(type.Shape.Dims.Select(_ => Dim.One))) is not Initializer.Constant)
                {
                    Report(DiagnosticCatalog.InvalidInitializer, frame, expression.Focus, value.Describe(), type,
                        "a state that takes the size of each call starts from one number, zeros or ones");
                    return null;
                }
                var initial = initializer.Create(type.Shape);
                if (initial is Initializer.Constant { Value: var everywhere } && !TensorArithmetic.Fits(everywhere, type.Element))
                {
                    Report(DiagnosticCatalog.NumberDoesNotFit, frame, expression.Focus, everywhere.ToString("R", CultureInfo.InvariantCulture), TensorArithmetic.RangeOf(type.Element));
                    return null;
                }
                if (initial is Initializer.Constant || type.Element.IsFloat() && (initial is not Initializer.Orthogonal || type.Shape.Rank >= 2))
                    return initial;
                Report(DiagnosticCatalog.InvalidInitializer, frame, expression.Focus, value.Describe(), type,
                    type.Element.IsFloat() ? "orthogonal needs at least two axes" : "random values need f32 or f64");
                return null;
            case TensorValue { Node: { Operator: Constant constant } node } when node.Shape.IsScalar || node.Shape == type.Shape:
                return new Initializer.Constant(constant.Value);
            case BooleanValue truth when type.Element == DType.Bool:
                return new Initializer.Constant(truth.Truth ? 1 : 0);
            case FloatValue or IntegerValue when type.Element != DType.Bool:
            {
                var number = value.AsNumber()!.Value;
                if (TensorArithmetic.Fits(number, type.Element))
                    return new Initializer.Constant(number);
                Report(DiagnosticCatalog.NumberDoesNotFit, frame, expression.Focus, value.Describe(), TensorArithmetic.RangeOf(type.Element));
                return null;
            }
            case LayerValue layer:
                LayerAsTensor(frame, expression, layer);
                return null;
            default:
                Report(DiagnosticCatalog.InvalidInitializer, frame, expression.Focus, value.Describe(), type,
                    "write a number, or an initializer such as zeros, normal(deviation: 0.01) or glorot_uniform");
                return null;
        }
    }

    /// <summary>The value before the call.</summary>
    Node Read(Variable variable)
    {
        _graph.Origin = variable.Origin;
        return _graph.Make(new VariableRead(variable));
    }

    TensorType? EvaluateType(Frame frame, TypeSyntax syntax, bool isInput)
    {
        var element = EvaluateElement(frame, syntax.Element);
        var dims = syntax.Dimensions.Select(dimension => EvaluateDimension(frame, dimension, isInput)).ToList();
        if (element is not { } known || dims.Contains(null))
            return null;
        var type = new TensorType(known, new Shape(dims!));
        return _tensors.IsRepresentable(new Site(frame, syntax.Span), type.Shape) ? type : null;
    }

    DType? EvaluateElement(Frame frame, Identifier identifier)
    {
        var name = identifier.Text;
        if (identifier.IsMissing)
            return null;
        if (frame.Lookup(name) is { } bound)
        {
            if (bound is ElementTypeValue type)
                return type.Type;
            if (bound is not PoisonValue)
                Report(DiagnosticCatalog.WrongKind, frame, identifier.Span, "what starts a type", "an element type", bound.Describe());
            return null;
        }
        if (DTypes.TryParse(name, out var element))
            return element;
        Report(DiagnosticCatalog.UnknownElementType, frame, identifier.Span, name, Suggestions.DidYouMean(name, ElementNames));
        return null;
    }

    static IEnumerable<string> ElementNames => Enum.GetValues(typeof(DType)).Cast<DType>().Select(type => type.Name());

    Dim? EvaluateDimension(Frame frame, DimensionSyntax dimension, bool isInput)
    {
        if (dimension.Size is not { } size)
        {
            Report(DiagnosticCatalog.InvalidDimension, frame, dimension.Span, "'...'", "all axes of a declared tensor are written out");
            return null;
        }
        if (isInput && size is NameExpression { Name: { Length: > 0 } name } && frame.Lookup(name) is null)
        {
            _symbols.Add(name);
            return Dim.Symbol(name);
        }
        var value = Evaluate(frame, size);
        switch (value.AsDim())
        {
            case null:
                if (value is not PoisonValue)
                    Report(DiagnosticCatalog.InvalidDimension, frame, size.Focus, value.Describe(), "a dimension is a whole number or a name for one");
                return null;
            case { IsConstant: true, Value: < 1 } small:
                Report(DiagnosticCatalog.InvalidDimension, frame, size.Focus, small, "a dimension is at least 1");
                return null;
            case { IsConstant: true, Value: > int.MaxValue } huge:
                Report(DiagnosticCatalog.TooLarge, frame, size.Focus, $"the dimension {huge}");
                return null;
            case var dim:
                return dim;
        }
    }

    /// <summary>
    /// Holds an argument against the type of its parameter. Names of dimensions that are not bound yet are bound by it, so that
    /// <c>x : float[N, C]</c> gives the body N and C. Where dimensions cannot be compared they are assumed equal.
    /// </summary>
    bool MatchType(Frame frame, Parameter parameter, TypeSyntax type)
    {
        var name = parameter.Name.Text;
        var value = frame.Names[name];
        if (value is PoisonValue)
            return true;
        var at = frame.Caller is { } caller ? new Site(caller, frame.CallSite.Span) : new Site(frame, parameter.Span);
        bool Refuse(string reason)
        {
            ImmutableArray<Node> operands = value is TensorValue tensor ? [tensor.Node] : [];
            _reporter.Report(DiagnosticCatalog.ArgumentType, at, operands, frame.Name, name, Text(frame, type.Span), value.Describe(), reason);
            return false;
        }
        if (value is not TensorValue { Node: var node })
            return Refuse(value is LayerValue layer ? $"; apply it first: {layer.Target.Name}(x)" : "");
        if (FitType(frame, type, node, reason => Refuse(reason)) is not { } shape)
            return false;
        node = _tensors.Assume(at, frame.Name, node, shape);
        DeclareAxes(frame, type, node);
        frame.Names[name] = new TensorValue(node);
        return true;
    }

    /// <summary>
    /// Holds a tensor against a type, whose unbound names of dimensions are bound by it. Gives the shape that the type asks for:
    /// another than the tensor's own where the two could not be compared; null if they differ, which <paramref name="refuse"/> hears.
    /// </summary>
    Shape? FitType(Frame frame, TypeSyntax type, Node node, Action<string> refuse)
    {
        if (!ElementClass(type.Element.Text, node.Element))
        {
            bool isClass = type.Element.Text is "float" or "number" or "integer" or "any";
            var element = isClass ? null : EvaluateElement(frame, type.Element);
            if (!isClass && element is null)
                return null;
            if (element != node.Element)
            {
                refuse("");
                return null;
            }
        }
        int ellipsis = type.Dimensions.Select((dimension, i) => (dimension, i)).Where(pair => pair.dimension.IsEllipsis).Select(pair => pair.i).DefaultIfEmpty(-1).First();
        int written = type.Dimensions.Length - (ellipsis < 0 ? 0 : 1);
        if (ellipsis < 0 ? node.Shape.Rank != written : node.Shape.Rank < written)
        {
            refuse($"; it needs {(ellipsis < 0 ? "" : "at least ")}{written} {(written == 1 ? "axis" : "axes")}");
            return null;
        }
        var shape = node.Shape;
        for (int i = 0; i < type.Dimensions.Length; i++)
        {
            if (type.Dimensions[i].Size is not { } size)
                continue;
            int axis = ellipsis >= 0 && i > ellipsis ? node.Shape.Rank - type.Dimensions.Length + i : i;
            var actual = node.Shape[axis];
            if (size is NameExpression { Name: var symbol } && frame.Lookup(symbol) is null && !(IsNetworkScope(frame) && _symbols.Contains(symbol)))
            {
                frame.Names[symbol] = Value.Whole(actual);
                continue;
            }
            var expectedValue = Evaluate(frame, size);
            if (expectedValue is PoisonValue)
                return null;
            if (expectedValue.AsDim() is not { } expected)
            {
                refuse($"; {Text(frame, size.Span)} is {expectedValue.Describe()}");
                return null;
            }
            switch (Dim.Compare(actual, expected))
            {
                case DimRelation.Unequal:
                    refuse($"; axis {axis} has {actual}, not {expected}");
                    return null;
                case DimRelation.Unknown:
                    shape = shape.With(axis, expected);
                    break;
            }
        }
        return shape;
    }

    static bool ElementClass(string name, DType element) => name switch
    {
        "float" => element.IsFloat(),
        "integer" => element.IsInteger(),
        "number" => element != DType.Bool,
        "any" => true,
        _ => DTypes.TryParse(name, out var exact) && exact == element,
    };
}
