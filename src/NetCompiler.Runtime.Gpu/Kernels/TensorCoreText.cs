namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// What tensor cores are told as PTX, which ILGPU has no other words for. All values are in registers with names of their own, since
/// results of inline assembly would be handed over through memory. Fragment i of the left factor is in a(4 i) .. a(4 i + 3), j of the
/// right one in b(2 j) and b(2 j + 1), their sums in c(16 i + 4 j) ..; distances are those of <see cref="TensorLayout"/>, in bytes.
/// </summary>
static class TensorCoreText
{
    /// <summary>Fragments of the left factor from lines.</summary>
    public const string LeftLines =
        "add.s32 left0, shared_base, %0;\n\t" +
        "add.s32 left1, shared_base, %1;\n\t" +
        "ld.shared.b32 a0, [left0+0]; ld.shared.b32 a1, [left0+1024]; ld.shared.b32 a2, [left1+0]; ld.shared.b32 a3, [left1+1024];\n\t" +
        "ld.shared.b32 a4, [left0+2048]; ld.shared.b32 a5, [left0+3072]; ld.shared.b32 a6, [left1+2048]; ld.shared.b32 a7, [left1+3072];\n\t" +
        "ld.shared.b32 a8, [left0+4096]; ld.shared.b32 a9, [left0+5120]; ld.shared.b32 a10, [left1+4096]; ld.shared.b32 a11, [left1+5120];\n\t" +
        "ld.shared.b32 a12, [left0+6144]; ld.shared.b32 a13, [left0+7168]; ld.shared.b32 a14, [left1+6144]; ld.shared.b32 a15, [left1+7168];";

    /// <summary>Fragments of the left factor from words.</summary>
    public const string LeftWords =
        "add.s32 left0, shared_base, %0;\n\t" +
        "add.s32 left1, shared_base, %1;\n\t" +
        "ld.shared.b32 a0, [left0+0]; ld.shared.b32 a1, [left1+0]; ld.shared.b32 a2, [left0+2048]; ld.shared.b32 a3, [left1+2048];\n\t" +
        "ld.shared.b32 a4, [left0+128]; ld.shared.b32 a5, [left1+128]; ld.shared.b32 a6, [left0+2176]; ld.shared.b32 a7, [left1+2176];\n\t" +
        "ld.shared.b32 a8, [left0+256]; ld.shared.b32 a9, [left1+256]; ld.shared.b32 a10, [left0+2304]; ld.shared.b32 a11, [left1+2304];\n\t" +
        "ld.shared.b32 a12, [left0+384]; ld.shared.b32 a13, [left1+384]; ld.shared.b32 a14, [left0+2432]; ld.shared.b32 a15, [left1+2432];";

    /// <summary>Fragments of the right factor from lines.</summary>
    public const string RightLines =
        "add.s32 right0, shared_base, %0;\n\t" +
        "add.s32 right1, shared_base, %1;\n\t" +
        "ld.shared.b32 b0, [right0+0]; ld.shared.b32 b1, [right1+0]; ld.shared.b32 b2, [right0+2048]; ld.shared.b32 b3, [right1+2048];\n\t" +
        "ld.shared.b32 b4, [right0+4096]; ld.shared.b32 b5, [right1+4096]; ld.shared.b32 b6, [right0+6144]; ld.shared.b32 b7, [right1+6144];";

    /// <summary>Fragments of the right factor from words.</summary>
    public const string RightWords =
        "add.s32 right0, shared_base, %0;\n\t" +
        "add.s32 right1, shared_base, %1;\n\t" +
        "ld.shared.b32 b0, [right0+0]; ld.shared.b32 b1, [right1+0]; ld.shared.b32 b2, [right0+128]; ld.shared.b32 b3, [right1+128];\n\t" +
        "ld.shared.b32 b4, [right0+256]; ld.shared.b32 b5, [right1+256]; ld.shared.b32 b6, [right0+384]; ld.shared.b32 b7, [right1+384];";

    /// <summary>Rounds the fragments of the left factor to tf32, ties away from zero.</summary>
    public const string RoundLeft =
        "cvt.rna.tf32.f32 a0, a0; cvt.rna.tf32.f32 a1, a1; cvt.rna.tf32.f32 a2, a2; cvt.rna.tf32.f32 a3, a3;\n\t" +
        "cvt.rna.tf32.f32 a4, a4; cvt.rna.tf32.f32 a5, a5; cvt.rna.tf32.f32 a6, a6; cvt.rna.tf32.f32 a7, a7;\n\t" +
        "cvt.rna.tf32.f32 a8, a8; cvt.rna.tf32.f32 a9, a9; cvt.rna.tf32.f32 a10, a10; cvt.rna.tf32.f32 a11, a11;\n\t" +
        "cvt.rna.tf32.f32 a12, a12; cvt.rna.tf32.f32 a13, a13; cvt.rna.tf32.f32 a14, a14; cvt.rna.tf32.f32 a15, a15;";

    /// <summary>Rounds the fragments of the right factor to tf32, ties away from zero.</summary>
    public const string RoundRight =
        "cvt.rna.tf32.f32 b0, b0; cvt.rna.tf32.f32 b1, b1; cvt.rna.tf32.f32 b2, b2; cvt.rna.tf32.f32 b3, b3;\n\t" +
        "cvt.rna.tf32.f32 b4, b4; cvt.rna.tf32.f32 b5, b5; cvt.rna.tf32.f32 b6, b6; cvt.rna.tf32.f32 b7, b7;";

    /// <summary>Declares registers and sets the sums to 0.</summary>
    public const string Begin =
        ".reg .b32 shared_base; .reg .b32 target; .reg .b64 source; .reg .b32 left<2>; .reg .b32 right<2>; .reg .b32 word<4>;\n\t" +
        ".reg .b32 a<16>; .reg .b32 b<8>; .reg .f32 c<64>;\n\t" +
        "mov.u32 shared_base, __shared_alloca0;\n\t" +
        "mov.f32 c0, 0f00000000; mov.f32 c1, 0f00000000; mov.f32 c2, 0f00000000; mov.f32 c3, 0f00000000;\n\t" +
        "mov.f32 c4, 0f00000000; mov.f32 c5, 0f00000000; mov.f32 c6, 0f00000000; mov.f32 c7, 0f00000000;\n\t" +
        "mov.f32 c8, 0f00000000; mov.f32 c9, 0f00000000; mov.f32 c10, 0f00000000; mov.f32 c11, 0f00000000;\n\t" +
        "mov.f32 c12, 0f00000000; mov.f32 c13, 0f00000000; mov.f32 c14, 0f00000000; mov.f32 c15, 0f00000000;\n\t" +
        "mov.f32 c16, 0f00000000; mov.f32 c17, 0f00000000; mov.f32 c18, 0f00000000; mov.f32 c19, 0f00000000;\n\t" +
        "mov.f32 c20, 0f00000000; mov.f32 c21, 0f00000000; mov.f32 c22, 0f00000000; mov.f32 c23, 0f00000000;\n\t" +
        "mov.f32 c24, 0f00000000; mov.f32 c25, 0f00000000; mov.f32 c26, 0f00000000; mov.f32 c27, 0f00000000;\n\t" +
        "mov.f32 c28, 0f00000000; mov.f32 c29, 0f00000000; mov.f32 c30, 0f00000000; mov.f32 c31, 0f00000000;\n\t" +
        "mov.f32 c32, 0f00000000; mov.f32 c33, 0f00000000; mov.f32 c34, 0f00000000; mov.f32 c35, 0f00000000;\n\t" +
        "mov.f32 c36, 0f00000000; mov.f32 c37, 0f00000000; mov.f32 c38, 0f00000000; mov.f32 c39, 0f00000000;\n\t" +
        "mov.f32 c40, 0f00000000; mov.f32 c41, 0f00000000; mov.f32 c42, 0f00000000; mov.f32 c43, 0f00000000;\n\t" +
        "mov.f32 c44, 0f00000000; mov.f32 c45, 0f00000000; mov.f32 c46, 0f00000000; mov.f32 c47, 0f00000000;\n\t" +
        "mov.f32 c48, 0f00000000; mov.f32 c49, 0f00000000; mov.f32 c50, 0f00000000; mov.f32 c51, 0f00000000;\n\t" +
        "mov.f32 c52, 0f00000000; mov.f32 c53, 0f00000000; mov.f32 c54, 0f00000000; mov.f32 c55, 0f00000000;\n\t" +
        "mov.f32 c56, 0f00000000; mov.f32 c57, 0f00000000; mov.f32 c58, 0f00000000; mov.f32 c59, 0f00000000;\n\t" +
        "mov.f32 c60, 0f00000000; mov.f32 c61, 0f00000000; mov.f32 c62, 0f00000000; mov.f32 c63, 0f00000000;";

    /// <summary>Stores the sums of the upper 64 rows.</summary>
    public const string StoreUpper =
        "add.s32 target, shared_base, %0;\n\t" +
        "st.shared.v2.f32 [target+0], {c0, c1}; st.shared.v2.f32 [target+128], {c4, c5};\n\t" +
        "st.shared.v2.f32 [target+256], {c8, c9}; st.shared.v2.f32 [target+384], {c12, c13};\n\t" +
        "st.shared.v2.f32 [target+8704], {c2, c3}; st.shared.v2.f32 [target+8832], {c6, c7};\n\t" +
        "st.shared.v2.f32 [target+8960], {c10, c11}; st.shared.v2.f32 [target+9088], {c14, c15};\n\t" +
        "st.shared.v2.f32 [target+17408], {c16, c17}; st.shared.v2.f32 [target+17536], {c20, c21};\n\t" +
        "st.shared.v2.f32 [target+17664], {c24, c25}; st.shared.v2.f32 [target+17792], {c28, c29};\n\t" +
        "st.shared.v2.f32 [target+26112], {c18, c19}; st.shared.v2.f32 [target+26240], {c22, c23};\n\t" +
        "st.shared.v2.f32 [target+26368], {c26, c27}; st.shared.v2.f32 [target+26496], {c30, c31};";

    /// <summary>Stores the sums of the lower 64 rows.</summary>
    public const string StoreLower =
        "add.s32 target, shared_base, %0;\n\t" +
        "st.shared.v2.f32 [target+0], {c32, c33}; st.shared.v2.f32 [target+128], {c36, c37};\n\t" +
        "st.shared.v2.f32 [target+256], {c40, c41}; st.shared.v2.f32 [target+384], {c44, c45};\n\t" +
        "st.shared.v2.f32 [target+8704], {c34, c35}; st.shared.v2.f32 [target+8832], {c38, c39};\n\t" +
        "st.shared.v2.f32 [target+8960], {c42, c43}; st.shared.v2.f32 [target+9088], {c46, c47};\n\t" +
        "st.shared.v2.f32 [target+17408], {c48, c49}; st.shared.v2.f32 [target+17536], {c52, c53};\n\t" +
        "st.shared.v2.f32 [target+17664], {c56, c57}; st.shared.v2.f32 [target+17792], {c60, c61};\n\t" +
        "st.shared.v2.f32 [target+26112], {c50, c51}; st.shared.v2.f32 [target+26240], {c54, c55};\n\t" +
        "st.shared.v2.f32 [target+26368], {c58, c59}; st.shared.v2.f32 [target+26496], {c62, c63};";

    /// <summary>Requests 16 bytes, or as many zeros, for shared memory: its place, the address, and the bytes that are there.</summary>
    public const string Copy =
        "add.s32 target, shared_base, %0; cvta.to.global.u64 source, %1; cp.async.cg.shared.global [target], [source], 16, %2;";

    /// <summary>Ends a group of requests.</summary>
    public const string Commit = "cp.async.commit_group;";

    /// <summary>Waits for all groups but the last.</summary>
    public const string Wait = "cp.async.wait_group 1;";

    /// <summary>Waits for all groups.</summary>
    public const string WaitForAll = "cp.async.wait_group 0;";

    /// <summary>Stores a word.</summary>
    public const string Put = "add.s32 target, shared_base, %0; st.shared.f32 [target], %1;";

    /// <summary>Stores four words.</summary>
    public const string Put4 = "add.s32 target, shared_base, %0; st.shared.v4.f32 [target], {%1, %2, %3, %4};";

    /// <summary>Stores a word of two bfloat16, rounded to the nearest, ties to even.</summary>
    public const string PutBF16 = "add.s32 target, shared_base, %0; cvt.rn.bf16x2.f32 word0, %2, %1; st.shared.b32 [target], word0;";

    /// <summary>Stores four words of two bfloat16: first all lower halves are named, then all upper ones.</summary>
    public const string Put4BF16 =
        "add.s32 target, shared_base, %0; cvt.rn.bf16x2.f32 word0, %5, %1; cvt.rn.bf16x2.f32 word1, %6, %2;\n\t" +
        "cvt.rn.bf16x2.f32 word2, %7, %3; cvt.rn.bf16x2.f32 word3, %8, %4; st.shared.v4.b32 [target], {word0, word1, word2, word3};";

    /// <summary>Stores a word of two float16, rounded to the nearest, ties to even.</summary>
    public const string PutF16 = "add.s32 target, shared_base, %0; cvt.rn.f16x2.f32 word0, %2, %1; st.shared.b32 [target], word0;";

    /// <summary>As <see cref="Put4BF16"/>, of float16.</summary>
    public const string Put4F16 =
        "add.s32 target, shared_base, %0; cvt.rn.f16x2.f32 word0, %5, %1; cvt.rn.f16x2.f32 word1, %6, %2;\n\t" +
        "cvt.rn.f16x2.f32 word2, %7, %3; cvt.rn.f16x2.f32 word3, %8, %4; st.shared.v4.b32 [target], {word0, word1, word2, word3};";
}

/// <summary>The operands of 16 multiplications of fragments, 64 x 32 elements, by the first of the sums that each adds to.</summary>
static class FragmentText
{
    public const string Into0 = " {c0, c1, c2, c3}, {a0, a1, a2, a3}, {b0, b1}, {c0, c1, c2, c3};\n\t";
    public const string Into4 = " {c4, c5, c6, c7}, {a0, a1, a2, a3}, {b2, b3}, {c4, c5, c6, c7};\n\t";
    public const string Into8 = " {c8, c9, c10, c11}, {a0, a1, a2, a3}, {b4, b5}, {c8, c9, c10, c11};\n\t";
    public const string Into12 = " {c12, c13, c14, c15}, {a0, a1, a2, a3}, {b6, b7}, {c12, c13, c14, c15};\n\t";
    public const string Into16 = " {c16, c17, c18, c19}, {a4, a5, a6, a7}, {b0, b1}, {c16, c17, c18, c19};\n\t";
    public const string Into20 = " {c20, c21, c22, c23}, {a4, a5, a6, a7}, {b2, b3}, {c20, c21, c22, c23};\n\t";
    public const string Into24 = " {c24, c25, c26, c27}, {a4, a5, a6, a7}, {b4, b5}, {c24, c25, c26, c27};\n\t";
    public const string Into28 = " {c28, c29, c30, c31}, {a4, a5, a6, a7}, {b6, b7}, {c28, c29, c30, c31};\n\t";
    public const string Into32 = " {c32, c33, c34, c35}, {a8, a9, a10, a11}, {b0, b1}, {c32, c33, c34, c35};\n\t";
    public const string Into36 = " {c36, c37, c38, c39}, {a8, a9, a10, a11}, {b2, b3}, {c36, c37, c38, c39};\n\t";
    public const string Into40 = " {c40, c41, c42, c43}, {a8, a9, a10, a11}, {b4, b5}, {c40, c41, c42, c43};\n\t";
    public const string Into44 = " {c44, c45, c46, c47}, {a8, a9, a10, a11}, {b6, b7}, {c44, c45, c46, c47};\n\t";
    public const string Into48 = " {c48, c49, c50, c51}, {a12, a13, a14, a15}, {b0, b1}, {c48, c49, c50, c51};\n\t";
    public const string Into52 = " {c52, c53, c54, c55}, {a12, a13, a14, a15}, {b2, b3}, {c52, c53, c54, c55};\n\t";
    public const string Into56 = " {c56, c57, c58, c59}, {a12, a13, a14, a15}, {b4, b5}, {c56, c57, c58, c59};\n\t";
    public const string Into60 = " {c60, c61, c62, c63}, {a12, a13, a14, a15}, {b6, b7}, {c60, c61, c62, c63};";
}

/// <summary>The multiplications of a step of 8 places of tf32.</summary>
static class Tf32Text
{
    const string Shape = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";

    /// <summary>16 multiplications of fragments: 64 x 32 elements.</summary>
    public const string Multiply =
        Shape + FragmentText.Into0 + Shape + FragmentText.Into4 + Shape + FragmentText.Into8 + Shape + FragmentText.Into12 +
        Shape + FragmentText.Into16 + Shape + FragmentText.Into20 + Shape + FragmentText.Into24 + Shape + FragmentText.Into28 +
        Shape + FragmentText.Into32 + Shape + FragmentText.Into36 + Shape + FragmentText.Into40 + Shape + FragmentText.Into44 +
        Shape + FragmentText.Into48 + Shape + FragmentText.Into52 + Shape + FragmentText.Into56 + Shape + FragmentText.Into60;
}

/// <summary>The multiplications of a step of 16 places of bfloat16.</summary>
static class BF16Text
{
    const string Shape = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";

    /// <summary>16 multiplications of fragments: 64 x 32 elements.</summary>
    public const string Multiply =
        Shape + FragmentText.Into0 + Shape + FragmentText.Into4 + Shape + FragmentText.Into8 + Shape + FragmentText.Into12 +
        Shape + FragmentText.Into16 + Shape + FragmentText.Into20 + Shape + FragmentText.Into24 + Shape + FragmentText.Into28 +
        Shape + FragmentText.Into32 + Shape + FragmentText.Into36 + Shape + FragmentText.Into40 + Shape + FragmentText.Into44 +
        Shape + FragmentText.Into48 + Shape + FragmentText.Into52 + Shape + FragmentText.Into56 + Shape + FragmentText.Into60;
}

/// <summary>The multiplications of a step of 16 places of float16.</summary>
static class F16Text
{
    const string Shape = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32";

    /// <summary>16 multiplications of fragments: 64 x 32 elements.</summary>
    public const string Multiply =
        Shape + FragmentText.Into0 + Shape + FragmentText.Into4 + Shape + FragmentText.Into8 + Shape + FragmentText.Into12 +
        Shape + FragmentText.Into16 + Shape + FragmentText.Into20 + Shape + FragmentText.Into24 + Shape + FragmentText.Into28 +
        Shape + FragmentText.Into32 + Shape + FragmentText.Into36 + Shape + FragmentText.Into40 + Shape + FragmentText.Into44 +
        Shape + FragmentText.Into48 + Shape + FragmentText.Into52 + Shape + FragmentText.Into56 + Shape + FragmentText.Into60;
}
