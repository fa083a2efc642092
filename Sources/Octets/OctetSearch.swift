// Looks for octets in a span, 32 at a time: most of what a message is asked is where something stands.
// Must not know what the octets mean. Says `unsafe`, because loads of 32 octets are not checked one by one.

extension Span where Element == UInt8 {
    /// The offset of the first such octet from `start` on; nil where there is none.
    package func firstOffset(of octet: UInt8, from start: Int = 0) -> Int? {
        // Invariant: octets are only read, and any octet is a valid UInt8.
        unsafe bytes.firstOffset(from: start) { $0 .== octet }
    }

    /// The same for any of three.
    package func firstOffset(of first: UInt8, _ second: UInt8, _ third: UInt8, from start: Int) -> Int? {
        // Invariant: as above.
        unsafe bytes.firstOffset(from: start) { ($0 .== first) .| ($0 .== second) .| ($0 .== third) }
    }

    /// The offset of the first octet that stands right behind another one, from `start` on, which is at least 1.
    package func firstOffset(of octet: UInt8, behind other: UInt8, from start: Int) -> Int? {
        // Invariant: as above.
        unsafe bytes.firstOffset(from: start, with: -1) { ($0 .== octet) .& ($1 .== other) }
    }

    /// The offset of the first octet from `start` on that is one of two, where the one `distance` behind it is one of two
    /// others: where a text with these ends may stand, in either case of its letters.
    package func firstOffset(
        ofEither first: (UInt8, UInt8),
        from start: Int,
        with last: (UInt8, UInt8),
        at distance: Int
    ) -> Int? {
        // Invariant: as above.
        unsafe bytes.firstOffset(from: start, with: distance) {
            (($0 .== first.0) .| ($0 .== first.1)) .& (($1 .== last.0) .| ($1 .== last.1))
        }
    }
}

extension RawSpan {
    private typealias Lanes = SIMD32<UInt8>

    /// The first offset from `start` on of an octet that is wanted.
    @inline(__always)
    fileprivate func firstOffset(from start: Int, _ isWanted: (SIMD32<UInt8>) -> SIMDMask<SIMD32<Int8>>) -> Int? {
        firstOffset(from: start, with: 0) { these, _ in isWanted(these) }
    }

    /// The same, each octet looked at with the one at `distance` from it; octets that have none there are not wanted.
    @inline(__always)
    fileprivate func firstOffset(
        from start: Int,
        with distance: Int,
        _ isWanted: (SIMD32<UInt8>, SIMD32<UInt8>) -> SIMDMask<SIMD32<Int8>>
    ) -> Int? {
        var index = max(start, 0, -distance)
        let end = byteCount - max(distance, 0)
        // Invariant: 0 <= index and index + 32 <= end, so each load and the one at `distance` from it are in bounds.
        while index &+ 32 <= end {
            let these = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: Lanes.self)
            let others = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index &+ distance, as: Lanes.self)
            // A mask's lanes are all ones or all zeros, 32 octets, so they can be tested as four words.
            let words = unsafe unsafeBitCast(isWanted(these, others), to: SIMD4<UInt64>.self)
            if words[0] | words[1] | words[2] | words[3] != 0 {
                for word in 0..<4 where words[word] != 0 {
                    return index &+ word &* 8 &+ UInt64(littleEndian: words[word]).trailingZeroBitCount / 8
                }
            }
            index &+= 32
        }
        // Invariant: 0 <= index < end.
        while index < end {
            let this = unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            let other = unsafe unsafeLoad(fromUncheckedByteOffset: index &+ distance, as: UInt8.self)
            if isWanted(Lanes(repeating: this), Lanes(repeating: other))[0] { return index }
            index &+= 1
        }
        return nil
    }
}
