// Looks for octets in a span, 32 at a time: most of what a message is asked is where something stands.
// Must not know what the octets mean. Says `unsafe`, because loads of 32 octets are not checked one by one.

extension Span where Element == UInt8 {
    /// The offset of the first such octet from `start` on; nil where there is none.
    package func firstOffset(of octet: UInt8, from start: Int = 0) -> Int? {
        firstOffset(of: octet, octet, octet, from: start)
    }

    /// The same for any of three.
    package func firstOffset(of first: UInt8, _ second: UInt8, _ third: UInt8, from start: Int) -> Int? {
        // Invariant: octets are only read, and any octet is a valid UInt8.
        unsafe bytes.firstOffset(of: Lanes(repeating: first), Lanes(repeating: second), Lanes(repeating: third), start)
    }

    /// The offset of the first octet in a range that is neither a printing character of US-ASCII nor a space; the range's
    /// end where there is none.
    package func firstOffsetOfUnprintable(in range: Range<Int>) -> Int {
        // Invariant: as above; and the range lies in the span, which is checked here.
        unsafe extracting(0..<range.upperBound).bytes.firstOffset(outside: 0x20, 0x5E, range.lowerBound)
    }

    /// The offset of the first octet from `start` on that is none of US-ASCII; the count where there is none.
    package func firstOffsetBeyondASCII(from start: Int = 0) -> Int {
        // Invariant: as above.
        unsafe bytes.firstOffset(outside: 0, 0x7F, start)
    }

    /// The offset of the first octet that stands right behind another one, from `start` on, which is at least 1.
    package func firstOffset(of octet: UInt8, behind other: UInt8, from start: Int) -> Int? {
        firstOffset(ofEither: (octet, octet), from: start, with: (other, other), at: -1)
    }

    /// The offset of the first octet from `start` on that is one of two, where the one `distance` behind it is one of two
    /// others: where a text with these ends may stand, in either case of its letters.
    package func firstOffset(
        ofEither first: (UInt8, UInt8),
        from start: Int,
        with other: (UInt8, UInt8),
        at distance: Int
    ) -> Int? {
        let firsts = (Lanes(repeating: first.0), Lanes(repeating: first.1))
        let others = (Lanes(repeating: other.0), Lanes(repeating: other.1))
        // Invariant: as above.
        return unsafe bytes.firstOffset(of: firsts, with: others, at: distance, start)
    }
}

private typealias Lanes = SIMD32<UInt8>

// Vectors are compared with vectors, and nothing is a closure: otherwise each lane is looked at by itself.
extension RawSpan {
    fileprivate func firstOffset(of first: Lanes, _ second: Lanes, _ third: Lanes, _ start: Int) -> Int? {
        var index = max(start, 0)
        // Invariant: 0 <= index and index + 32 <= byteCount.
        while index &+ 32 <= byteCount {
            let these = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: Lanes.self)
            let mask = (these .== first) .| (these .== second) .| (these .== third)
            // A mask's lanes are all ones or all zeros, 32 octets, so they can be tested as four words.
            if let lane = unsafe unsafeBitCast(mask, to: SIMD4<UInt64>.self).firstLane { return index &+ lane }
            index &+= 32
        }
        // Invariant: 0 <= index < byteCount.
        while index < byteCount {
            let octet = unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            if octet == first[0] || octet == second[0] || octet == third[0] { return index }
            index &+= 1
        }
        return nil
    }

    /// Of the first octet that is less than `first`, or more than `first + extent`.
    fileprivate func firstOffset(outside first: UInt8, _ extent: UInt8, _ start: Int) -> Int {
        var index = max(start, 0)
        let (firsts, extents) = (Lanes(repeating: first), Lanes(repeating: extent))
        // Invariant: 0 <= index and index + 32 <= byteCount.
        while index &+ 32 <= byteCount {
            let these = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: Lanes.self)
            let mask = (these &- firsts) .> extents
            if let lane = unsafe unsafeBitCast(mask, to: SIMD4<UInt64>.self).firstLane { return index &+ lane }
            index &+= 32
        }
        // Invariant: 0 <= index < byteCount.
        while index < byteCount {
            if unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) &- first > extent { return index }
            index &+= 1
        }
        return byteCount
    }

    /// Each octet is looked at with the one at `distance` from it; those that have none there are not found.
    fileprivate func firstOffset(
        of first: (Lanes, Lanes),
        with other: (Lanes, Lanes),
        at distance: Int,
        _ start: Int
    ) -> Int? {
        var index = max(start, 0, -distance)
        let end = byteCount - max(distance, 0)
        // Invariant: 0 <= index and index + 32 <= end, so each load and the one at `distance` from it are in bounds.
        while index &+ 32 <= end {
            let these = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: Lanes.self)
            let those = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index &+ distance, as: Lanes.self)
            let mask =
                ((these .== first.0) .| (these .== first.1)) .& ((those .== other.0) .| (those .== other.1))
            // Invariant: as above.
            if let lane = unsafe unsafeBitCast(mask, to: SIMD4<UInt64>.self).firstLane { return index &+ lane }
            index &+= 32
        }
        // Invariant: 0 <= index < end.
        while index < end {
            let this = unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            let that = unsafe unsafeLoad(fromUncheckedByteOffset: index &+ distance, as: UInt8.self)
            if this == first.0[0] || this == first.1[0], that == other.0[0] || that == other.1[0] { return index }
            index &+= 1
        }
        return nil
    }
}

extension SIMD4<UInt64> {
    /// Which of 32 octets is the first that is not zero.
    @inline(__always)
    fileprivate var firstLane: Int? {
        if self[0] | self[1] | self[2] | self[3] == 0 { return nil }
        for word in 0..<4 where self[word] != 0 {
            return word &* 8 &+ UInt64(littleEndian: self[word]).trailingZeroBitCount / 8
        }
        return nil
    }
}
