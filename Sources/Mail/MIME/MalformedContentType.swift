// A Content-Type that is not written as RFC 2045 says, as a lenient reader takes it.
// Must not be asked about one that is well formed.

/// Repairs values of Content-Type.
enum MalformedContentType {
    /// `text` as it was meant: a type, a subtype, and parameters; nil if there is no slash between two words.
    ///
    /// Encoded words are decoded, quotes and backslashes of the type are removed, what stands before the type is left
    /// out, and what stands behind the subtype counts as a parameter.
    static func repaired(_ text: [UInt8]) -> [UInt8]? {
        var ignored = Defects()
        let text = unquoted(EncodedWords.decode(text, noting: &ignored))
        let end = text.firstIndex(of: .semicolon) ?? text.endIndex
        let head = text[..<end].filter { $0 != .quote && $0 != .backslash }
        for slash in head.indices where head[slash] == .slash {
            let type = lastToken(of: head[..<slash])
            let (subtype, rest) = firstToken(of: head[(slash + 1)...])
            if type.isEmpty || subtype.isEmpty { continue }
            return type + [.slash] + subtype + [.semicolon] + rest.drop { !$0.isToken } + text[end...]
        }
        return nil
    }

    /// `text` without the quotes around all of it.
    private static func unquoted(_ text: [UInt8]) -> [UInt8] {
        let whole = text[...].trimmed
        guard whole.count > 1, whole.first == .quote, whole.last == .quote else { return text }
        let inner = whole.dropFirst().dropLast()
        return inner.contains(.quote) ? text : Array(inner)
    }

    private static func lastToken(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let text = text.trimmed
        let start = text.lastIndex { !$0.isToken }.map { $0 + 1 } ?? text.startIndex
        return text[start...]
    }

    private static func firstToken(
        of text: ArraySlice<UInt8>
    ) -> (token: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        let text = text.trimmed
        let end = text.firstIndex { !$0.isToken } ?? text.endIndex
        return (text[..<end], text[end...])
    }
}
