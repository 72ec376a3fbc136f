namespace NetCompiler.Runtime;

/// <summary>An integer as a type, so that the JIT compiles a kernel for each value.</summary>
interface IConstant
{
    static abstract int Value { get; }
}

readonly struct C1 : IConstant { public static int Value => 1; }

readonly struct C2 : IConstant { public static int Value => 2; }

readonly struct C3 : IConstant { public static int Value => 3; }

readonly struct C4 : IConstant { public static int Value => 4; }

readonly struct C5 : IConstant { public static int Value => 5; }

readonly struct C6 : IConstant { public static int Value => 6; }

readonly struct C7 : IConstant { public static int Value => 7; }

readonly struct C8 : IConstant { public static int Value => 8; }

readonly struct C9 : IConstant { public static int Value => 9; }

readonly struct C10 : IConstant { public static int Value => 10; }

readonly struct C11 : IConstant { public static int Value => 11; }

readonly struct C12 : IConstant { public static int Value => 12; }

readonly struct C13 : IConstant { public static int Value => 13; }

readonly struct C14 : IConstant { public static int Value => 14; }

readonly struct C16 : IConstant { public static int Value => 16; }

readonly struct C32 : IConstant { public static int Value => 32; }
