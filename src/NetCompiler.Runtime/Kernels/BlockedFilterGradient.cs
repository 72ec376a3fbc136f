using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// The gradient of a filter in blocked layout: dw[o, c, u, v] = sum over images and positions of dy[n, o, i, j] · x[n, c, i·s+u·d-p, j·s+v·d-p].
/// </summary>
/// <remarks>
/// A unit is some planes of the input by some slabs of output channels; it sums over all images in order, so the bits do not depend on
/// who does it. Where units are few, the batch is cut into parts, by sizes alone, whose sums are added in order.
/// </remarks>
readonly unsafe struct BlockedFilterGradient<TOperations, TVector> : IRangeKernel
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    const int Lanes = BlockedProblem.Lanes;

    // Units and parts together, so that many threads find work.
    const nint WantedUnits = 16;

    // Pixels whose input planes and two blocks of output gradients fit the first-level cache beside the sums: so many of one block, and at most.
    const nint BlockPixelsInCache = 640, MaximumPixels = 160;

    // More planes would leave room for few pixels at a time.
    const nint MaximumPlanes = 4;

    // Taps times planes times slabs of a unit: below this, reading the images costs more than the sums.
    const nint LeastReuse = 16, LeastReuseOfPlanar = 32;

    const nint PartFloats = 1 << 22;

    readonly BlockedProblem _problem;
    readonly BlockedAxis _rows, _columns;
    readonly Pointer<float> _x, _dy, _dw, _partial;
    readonly nint _planes, _slabs, _planeGroups, _slabGroups, _parts;

    BlockedFilterGradient(in BlockedProblem problem, Pointer<float> x, Pointer<float> dy, Pointer<float> dw)
    {
        (_problem, _rows, _columns, _x, _dy, _dw) = (problem, problem.Rows(0), problem.Columns(0), x, dy, dw);
        (_planes, _slabs) = (1, 1);
        nint reuse = problem.Layout == ImageLayout.Planar ? LeastReuseOfPlanar : LeastReuse;
        nint morePlanes = Math.Min(MaximumPlanes, problem.Planes);
        while (_planes * _slabs * problem.KernelTaps < reuse && (_planes < morePlanes || _slabs < problem.Slabs))
        {
            if (_planes < morePlanes)
                _planes *= 2;
            else
                _slabs *= 2;
        }
        (_planeGroups, _slabGroups) = ((problem.Planes + _planes - 1) / _planes, (problem.Slabs + _slabs - 1) / _slabs);
        nint units = problem.Groups * _planeGroups * _slabGroups;
        _parts = Math.Clamp(Math.Min((WantedUnits + units - 1) / units, PartFloats / (units * UnitFloats)), 1, Math.Max(1, problem.Batch));
        _partial = _parts > 1 ? Scratch.Get<float>(ScratchUse.Partials, _parts * units * UnitFloats) : default;
    }

    // Input channels of a plane.
    nint ChannelsOfPlane => _problem.Layout == ImageLayout.Planar ? 1 : Lanes;

    // The sums of one plane and slab: [channel, row tap, column tap, output], the transpose of what is in the filter.
    nint TileFloats => _rows.Taps * _columns.Taps * ChannelsOfPlane * BlockedProblem.SlabChannels;

    nint UnitFloats => _planes * _slabs * TileFloats;

    public static void Run(WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> dy, Pointer<float> dw)
    {
        if (problem.Outputs == 0 || problem.Channels == 0)
            return;
        var kernel = new BlockedFilterGradient<TOperations, TVector>(problem, x, dy, dw);
        nint units = problem.Groups * kernel._planeGroups * kernel._slabGroups * kernel._parts;
        const double workPerThread = 1 << 17;
        pool.Run(kernel, units, problem.Work < workPerThread ? units : 1);
        if (kernel._parts > 1)
            pool.Run(new SumParts(kernel), problem.Groups * kernel._planeGroups * kernel._slabGroups, 1);
    }

    public void Run(nint begin, nint end)
    {
        nint units = _problem.Groups * _planeGroups * _slabGroups;
        for (nint index = begin; index < end; index++)
        {
            nint part = index / units, unit = index % units;
            float* sums = (float*)(_parts > 1 ? _partial.Offset(index * UnitFloats) : Scratch.Get<float>(ScratchUse.BlockedGradient, UnitFloats)).Address;
            Placement.Clear(new Pointer<float>((nint)sums), UnitFloats);
            Sum(unit, _problem.Batch * part / _parts, _problem.Batch * (part + 1) / _parts, sums);
            if (_parts == 1)
                Unpack(unit, sums);
        }
    }

    // The sums of a unit over some images.
    void Sum(nint unit, nint firstImage, nint endImage, float* sums)
    {
        var (group, firstPlane, endPlane, firstSlab, endSlab) = PartsOf(unit);
        nint positions = _problem.OutHeight * _problem.OutWidth;
        if (positions == 0)
            return;

        // Whole images at a time where they are small, else rows of one.
        nint pixels = Math.Min(MaximumPixels, BlockPixelsInCache / (endPlane - firstPlane + 2));
        nint images = Math.Max(1, pixels / positions), rows = Math.Clamp(pixels / _problem.OutWidth, 1, _problem.OutHeight);
        for (nint image = firstImage; image < endImage; image += images)
            for (nint row = 0; row < _problem.OutHeight; row += rows)
                for (nint slab = firstSlab; slab < endSlab; slab++)
                    for (nint plane = firstPlane; plane < endPlane; plane++)
                        SumPixels(
                            group, plane, slab, image, Math.Min(endImage, image + images), row, Math.Min(_problem.OutHeight, row + rows),
                            sums + ((slab - firstSlab) * _planes + plane - firstPlane) * TileFloats);
    }

    void SumPixels(nint group, nint plane, nint slab, nint firstImage, nint endImage, nint firstRow, nint endRow, float* tile)
    {
        nint unit = _problem.Unit, pitch = _problem.InWidth * unit, inPlane = _problem.InHeight * pitch, outPlane = _problem.OutHeight * _problem.OutWidth * Lanes;
        nint xImage = _problem.Groups * _problem.Planes * inPlane, dyImage = _problem.Groups * _problem.OutputBlocks * outPlane;
        int blocks = (int)Math.Min(2, _problem.OutputBlocks - 2 * slab);
        float* x = (float*)_x.Address + firstImage * xImage + (group * _problem.Planes + plane) * inPlane;
        float* dy = (float*)_dy.Address + firstImage * dyImage + (group * _problem.OutputBlocks + 2 * slab) * outPlane;
        var call = new BlockedGradientCall
        {
            XStride = _columns.InputStep * unit, XRowStride = _rows.InputStep * pitch, XImageStride = xImage,
            DyRowStride = _problem.OutWidth * Lanes, DyImageStride = dyImage, DyVector = TOperations.Lanes == Lanes ? outPlane : TOperations.Lanes,
            Images = endImage - firstImage,
            SumsStride = (_problem.Layout == ImageLayout.Planar ? 1 : _problem.KernelTaps) * BlockedProblem.SlabChannels,
        };
        for (nint u = 0; u < _rows.Taps; u++)
        {
            var (reachedRow, reachedEnd) = _rows.Reached(u);
            nint top = Math.Max(reachedRow, firstRow), bottom = Math.Min(reachedEnd, endRow);
            if (top >= bottom)
                continue;
            call.Rows = bottom - top;
            float* rowX = x + (top * _rows.InputStep + _rows.Offset + u * _rows.OffsetStep) * pitch, rowDy = dy + top * call.DyRowStride;
            float* rowTile = tile + u * _columns.Taps * BlockedProblem.SlabChannels;
            if (_problem.Layout == ImageLayout.Planar)
            {
                SumFilterRow(ref call, rowX, rowDy, rowTile, blocks, outPlane);
                continue;
            }
            nint channels = Math.Min(Lanes, _problem.Channels - plane * Lanes);
            for (nint v = 0; v < _columns.Taps; v++)
            {
                var (left, right) = _columns.Reached(v);
                if (left < right)
                    SumTaps(
                        ref call, rowX + (left * _columns.InputStep + _columns.Offset + v * _columns.OffsetStep) * unit, 1, channels,
                        rowDy + left * Lanes, right - left, rowTile + v * BlockedProblem.SlabChannels, blocks, outPlane);
            }
        }
    }

    // Planar: the tile's rows are the column taps. All columns that meet all taps go together.
    void SumFilterRow(ref BlockedGradientCall call, float* rowX, float* rowDy, float* rowTile, int blocks, nint outPlane)
    {
        nint inside = Math.Max(_columns.Reached(0).First, _columns.Reached(_columns.Taps - 1).First);
        nint outside = Math.Min(_columns.Reached(0).End, _columns.Reached(_columns.Taps - 1).End);
        for (nint column = 0; column < _problem.OutWidth;)
        {
            nint end = column == inside && inside < outside ? outside : column + 1;
            var taps = _columns.Inside(column);
            if (taps.First < taps.End)
                SumTaps(
                    ref call, rowX + column * _columns.InputStep + _columns.Offset + taps.First * _columns.OffsetStep, _columns.OffsetStep, taps.End - taps.First,
                    rowDy + column * Lanes, end - column, rowTile + taps.First * BlockedProblem.SlabChannels, blocks, outPlane);
            column = end;
        }
    }

    static void SumTaps(ref BlockedGradientCall reference, float* x, nint tapStride, nint taps, float* dy, nint columns, float* sums, int blocks, nint outPlane)
    {
        var call = reference;
        call.XTapStride = tapStride;
        call.Columns = columns;
        nint pieces = (taps + BlockedGradientTiles<TOperations, TVector>.MaximumTaps - 1) / BlockedGradientTiles<TOperations, TVector>.MaximumTaps;
        for (nint piece = 0; piece < pieces; piece++)
        {
            nint first = taps * piece / pieces, count = taps * (piece + 1) / pieces - first;
            call.X = x + first * tapStride;
            call.Dy = dy;
            call.Sums = sums + first * call.SumsStride;
            if (TOperations.Lanes == Lanes)
            {
                BlockedGradientTiles<TOperations, TVector>.Of(tapStride, (int)count, blocks)(&call);
                continue;
            }

            // Narrower vectors: pairs of them within each block.
            var kernel = BlockedGradientTiles<TOperations, TVector>.Of(tapStride, (int)count, 2);
            float* pieceSums = call.Sums;
            for (int block = 0; block < blocks; block++)
                for (int lane = 0; lane < Lanes; lane += 2 * TOperations.Lanes)
                {
                    call.Dy = dy + block * outPlane + lane;
                    call.Sums = pieceSums + block * Lanes + lane;
                    kernel(&call);
                }
        }
    }

    (nint Group, nint FirstPlane, nint EndPlane, nint FirstSlab, nint EndSlab) PartsOf(nint unit)
    {
        nint slabs = unit % _slabGroups * _slabs, planes = unit / _slabGroups % _planeGroups * _planes;
        return (unit / _slabGroups / _planeGroups, planes, Math.Min(_problem.Planes, planes + _planes), slabs, Math.Min(_problem.Slabs, slabs + _slabs));
    }

    // Writes a unit's sums into the filter's own order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Unpack(nint unit, float* sums)
    {
        var (group, firstPlane, endPlane, firstSlab, endSlab) = PartsOf(unit);
        nint channelsOfPlane = ChannelsOfPlane;
        for (nint slab = firstSlab; slab < endSlab; slab++)
            for (nint plane = firstPlane; plane < endPlane; plane++)
            {
                float* tile = sums + ((slab - firstSlab) * _planes + plane - firstPlane) * TileFloats;
                nint firstChannel = plane * channelsOfPlane, channels = Math.Min(channelsOfPlane, _problem.Channels - firstChannel);
                nint firstOutput = slab * BlockedProblem.SlabChannels, outputs = Math.Min(BlockedProblem.SlabChannels, _problem.Outputs - firstOutput);
                float* target = (float*)_dw.Address + _problem.FilterIndex(group, firstOutput, firstChannel, 0, 0);
                nint stride = _problem.Channels * _problem.KernelTaps, depth = channels * _problem.KernelTaps, output = 0;
                for (; Avx.IsSupported && output + 8 <= outputs; output += 8)
                {
                    nint k = 0;
                    for (; k + 8 <= depth; k += 8)
                        ImageLayouts.Transpose8(tile + k * BlockedProblem.SlabChannels + output, BlockedProblem.SlabChannels, target + output * stride + k, stride);
                    Transpose(tile, output, output + 8, k, depth, target, stride);
                }
                Transpose(tile, output, outputs, 0, depth, target, stride);
            }
    }

    static void Transpose(float* tile, nint firstOutput, nint endOutput, nint first, nint end, float* target, nint stride)
    {
        for (nint output = firstOutput; output < endOutput; output++)
            for (nint k = first; k < end; k++)
                target[output * stride + k] = tile[k * BlockedProblem.SlabChannels + output];
    }

    // Adds the parts of a unit in order and unpacks them.
    readonly struct SumParts(BlockedFilterGradient<TOperations, TVector> gradient) : IRangeKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(nint begin, nint end)
        {
            nint size = gradient.UnitFloats, units = gradient._problem.Groups * gradient._planeGroups * gradient._slabGroups;
            for (nint unit = begin; unit < end; unit++)
            {
                float* sums = (float*)gradient._partial.Address + unit * size;
                for (nint part = 1; part < gradient._parts; part++)
                {
                    float* addend = sums + part * units * size;
                    for (nint i = 0; i < size; i += TOperations.Lanes)
                        TOperations.Store(sums + i, TOperations.Add(TOperations.Load(sums + i), TOperations.Load(addend + i)));
                }
                gradient.Unpack(unit, sums);
            }
        }
    }
}
