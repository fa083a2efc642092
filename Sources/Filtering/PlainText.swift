// Text of strangers on its way to people: one line, no control characters, bounded.
// Must not change what can be shown as it is.

extension String {
    /// The text in one line: control characters and what turns the direction of writing become blanks, and what is
    /// longer than `limit` characters is cut.
    package func singleLine(upTo limit: Int) -> String {
        var line = ""
        for character in prefix(limit) {
            let isHarmless = character.unicodeScalars.allSatisfy { !$0.isTreacherous }
            line.append(isHarmless ? character : " ")
        }
        return count > limit ? line + "…" : line
    }

    /// The text as lines of a notice: without control characters, bounded.
    var noticeLines: [String] {
        let lines = split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        let shown = lines.prefix(TextLimits.noticeLines).map {
            String($0).singleLine(upTo: TextLimits.noticeLine)
        }
        return lines.count > TextLimits.noticeLines ? shown + ["…"] : shown
    }

    /// The line, or several where it has more octets than a line of mail may have.
    var fittingLines: [String] {
        var lines = [""]
        var count = 0
        for scalar in unicodeScalars {
            count += UTF8.width(scalar)
            if count > TextLimits.lineOctets {
                lines.append("")
                count = UTF8.width(scalar)
            }
            lines[lines.count - 1].unicodeScalars.append(scalar)
        }
        return lines
    }

    /// The text as a POP3 reply may carry it: one line of printable US-ASCII, bounded.
    var replyText: String {
        let line = singleLine(upTo: TextLimits.line).map { $0.isASCII ? $0 : $0 == "…" ? "." : "?" }
        return String(String(line.reversed().drop { $0 == " " }.reversed()).drop { $0 == " " })
    }
}

extension Unicode.Scalar {
    /// Whether it could break a line, hide text or turn its direction.
    fileprivate var isTreacherous: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }
}
