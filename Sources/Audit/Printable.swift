// Text of any origin on its way to a terminal.

extension StringProtocol {
    /// Without what a terminal would obey, or what hides or turns text: U+FFFD in its place.
    package var printable: String {
        guard unicodeScalars.contains(where: \.isTreacherous) else { return String(self) }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isTreacherous ? "\u{FFFD}" : $0 }))
    }
}
