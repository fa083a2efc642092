// What scanners and systems say, made fit for a log line or a header field.
// Must not be used for what is compared: it is cut.

enum PlainText {
    /// One line of printable characters: anything else becomes a space, spaces become one, the rest is cut.
    static func line(_ text: some StringProtocol, limit: Int = Limits.words) -> String {
        // An attacker's megabytes are not looked at.
        let printable = text.unicodeScalars.prefix(4 * limit).map { isPrintable($0) ? Character($0) : " " }
        let words = String(printable).split(separator: " ").joined(separator: " ")
        return words.count > limit ? words.prefix(limit) + "…" : words
    }

    /// Several lines, each printable.
    static func lines(_ text: some StringProtocol, limit: Int = Limits.report) -> String {
        let printable = text.unicodeScalars.prefix(limit).filter { isPrintable($0) || $0 == " " || $0 == "\n" }
        return String(String.UnicodeScalarView(printable))
    }

    /// A name without spaces, commas or equals signs, so that lists of names can be read again.
    static func name(_ text: some StringProtocol) -> String {
        let scalars = text.unicodeScalars.prefix(Limits.name).map { scalar in
            isPrintable(scalar) && !",= ".unicodeScalars.contains(scalar) ? scalar : "_"
        }
        return String(String.UnicodeScalarView(scalars))
    }

    static func seconds(_ time: Duration) -> String {
        time.formatted
    }

    /// ASCII only: header fields take nothing else, and a bidirectional override could lie on a screen.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool { ("!"..."~").contains(scalar) }
}

extension Duration {
    /// `2.5 s`, without Foundation's locale.
    fileprivate var formatted: String {
        let (seconds, attoseconds) = components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}
