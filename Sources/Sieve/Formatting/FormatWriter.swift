// Text that is being laid out: lines, their indentation, and how wide the last one is.
// Must not know what a script is made of.

/// Collects the formatted text.
struct FormatWriter {
    let lineEnd: [UInt8]
    private(set) var text: [UInt8] = []
    /// A line end must come before anything else.
    private var owesLineEnd = false

    init(lineEnd: [UInt8], beginning: [UInt8]) {
        self.lineEnd = lineEnd
        text = beginning
    }

    /// Columns that the last line takes up.
    var column: Int {
        let line = text[(text.lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0)...]
        return Self.width(line)
    }

    /// Characters, as far as UTF-8 tells.
    static func width(_ octets: some Collection<UInt8>) -> Int { octets.count { $0 & 0xC0 != 0x80 } }

    mutating func write(_ octets: some Collection<UInt8>) {
        if owesLineEnd { newLine() }
        text += octets
    }

    mutating func write(_ string: String) { write(string.utf8) }

    /// A blank, unless a line has just begun.
    mutating func space() {
        if owesLineEnd || text.last == .lineFeed || text.isEmpty { return }
        text.append(.space)
    }

    mutating func newLine(indent: Int = 0) {
        owesLineEnd = false
        text += lineEnd
        text += Array(repeating: .space, count: indent)
    }

    /// What was written last must have its line for itself.
    mutating func oweLineEnd() { owesLineEnd = true }
}
