// A command or a test in one line, as a person would write it.
// Must not be read by a compiler again: long strings are cut.

extension Statement {
    /// Name and arguments, without tests and block.
    var headline: String {
        ([name.lowercased()] + arguments.map(\.value.shown)).joined(separator: " ")
    }
}

extension Argument.Value {
    fileprivate var shown: String {
        switch self {
        case .tag(let name): return ":\(name.lowercased())"
        case .number(let number): return Self.shown(number)
        case .string(let octets): return Self.shown(octets)
        case .stringList(let literals):
            let shown = literals.prefix(Limits.shownElements).map { Self.shown($0.value) }
            let rest = literals.count > shown.count ? ", …" : ""
            return "[\(shown.joined(separator: ", "))\(rest)]"
        }
    }

    private static func shown(_ number: UInt64) -> String {
        for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)] where number != 0 && number % (1 << shift) == 0 {
            return "\(number >> shift)\(unit)"
        }
        return "\(number)"
    }

    private static func shown(_ octets: [UInt8]) -> String {
        let text = octets.prefix(Limits.shownStringLength * 4).text.prefix(Limits.shownStringLength)
        let lines = text.replacing("\r\n", with: " ⏎ ").replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(lines)\(text.utf8.count < octets.count ? "…" : "")\""
    }
}
