// The C library's iconv: text of any character set that it knows, as UTF-8. Mail's only unsafe file, for C's pointers.
// Must not be asked for what Charset reads by itself, nor for names that Charset refuses.

import Glibc

/// Converts through iconv.
enum CharsetConverter {
    /// Appends `octets`, which are in the character set `name`, as UTF-8; what is invalid becomes U+FFFD.
    ///
    /// - Returns: Whether all was valid; nil if iconv does not know the name, and nothing was appended.
    static func convert(_ octets: ArraySlice<UInt8>, from name: String, into text: inout [UInt8]) -> Bool? {
        let converter = unsafe iconv_open("UTF-8", name)
        // iconv_open answers (iconv_t) -1 for an unknown name.
        guard let converter = unsafe converter, Int(bitPattern: converter) != -1 else { return nil }
        defer { unsafe iconv_close(converter) }
        // iconv wants an address that it may write through, but only reads.
        var input = Array(octets)
        if text.isEmpty { text.reserveCapacity(input.count * 2) }
        return unsafe input.withUnsafeMutableBytes { source in
            unsafe drain(converter, source, into: &text)
        }
    }

    /// Feeds all of `source` and then the converter's end, chunk by chunk of output.
    private static func drain(
        _ converter: iconv_t,
        _ source: UnsafeMutableRawBufferPointer,
        into text: inout [UInt8]
    ) -> Bool {
        var next = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
        var left = source.count
        var isValid = true
        while left > 0 {
            let before = left
            switch unsafe step(converter, &next, &left, into: &text) {
            case 0 where left < before: break
            // More to put out than there was room; the converter always makes room for progress.
            case E2BIG where left < before: break
            default:
                // An octet that is none here (EILSEQ), or the beginning of a character at the very end (EINVAL).
                isValid = false
                text += UTF8Text.replacement
                unsafe next = next?.advanced(by: 1)
                left -= 1
            }
        }
        // What stateful character sets still hold back.
        var nothing: UnsafeMutablePointer<CChar>? = nil
        _ = unsafe step(converter, &nothing, &left, into: &text)
        return isValid
    }

    /// One call of iconv into a buffer on the stack; 0 or the error's number.
    private static func step(
        _ converter: iconv_t,
        _ next: inout UnsafeMutablePointer<CChar>?,
        _ left: inout Int,
        into text: inout [UInt8]
    ) -> Int32 {
        unsafe withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 1) { room in
            var target = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self)
            var free = room.count
            errno = 0
            let result = unsafe iconv(converter, &next, &left, &target, &free)
            let code = errno
            unsafe text.append(contentsOf: room[..<(room.count - free)])
            return result == -1 || result == Int.max ? code : 0
        }
    }
}
