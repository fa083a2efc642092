// Texts of parts that this evaluation has decoded: a hundred tests on the body decode it once.
// Must not be kept while the evaluation waits for an answer, nor grow with the message.

/// Decoded texts, by the number of the part.
struct DecodedTexts {
    private struct Key: Hashable {
        let part: Int
        let isPlain: Bool
    }

    private var texts: [Key: [UInt8]] = [:]
    private var size = 0

    /// The text of a part, HTML without its tags if `isPlain`; kept if there is room.
    subscript(part: Int, isPlain isPlain: Bool) -> [UInt8]? {
        get { texts[Key(part: part, isPlain: isPlain)] }
        set {
            guard let newValue, newValue.count <= Limits.keptText - size else { return }
            size += newValue.count
            texts[Key(part: part, isPlain: isPlain)] = newValue
        }
    }
}
