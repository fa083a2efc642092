// A page of the manual, made of a command's help (man-pages(7), groff_man(7)).
// Must not say more than the help does: whoever wants it better betters the help.

struct ManualPage {
    /// Such as `popsieve serve`.
    let words: [String]
    let help: CommandHelp
    let version: String

    /// Of a command and all below it.
    static func all(of help: CommandHelp, version: String, below words: [String] = []) -> [ManualPage] {
        let page = ManualPage(words: words + [help.commandName], help: help, version: version)
        let below = (help.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
        return [page] + below.flatMap { all(of: $0, version: version, below: page.words) }
    }

    var fileName: String { words.joined(separator: "-") + ".1" }

    private var arguments: [CommandHelp.Argument] { (help.arguments ?? []).filter(\.shouldDisplay) }

    var text: String {
        let title = words.joined(separator: "-").uppercased()
        let abstract = help.abstract.map { String($0.trimmingSuffix(".")) } ?? words.joined(separator: " ")
        let below = Self.all(of: help, version: version, below: Array(words.dropLast())).dropFirst()
            .filter { $0.words.count == words.count + 1 }
        let above = words.count > 1 ? ["\\fBpopsieve\\fR(1)"] : []
        let others = above + below.map { "\\fB\($0.words.joined(separator: "\\-"))\\fR(1)" }
        let sections = [
            ".TH \(title) 1 \"\" \"popsieve \(version)\" \"User Commands\"",
            ".SH NAME\n\(words.joined(separator: "\\-")) \\- \(abstract.roff)",
            ".SH SYNOPSIS\n\(synopsis)",
            help.discussion.map { ".SH DESCRIPTION\n\($0.roffLines)" },
            options.isEmpty ? nil : ".SH OPTIONS\n" + options.joined(separator: "\n"),
            others.isEmpty ? nil : ".SH SEE ALSO\n" + others.joined(separator: ",\n"),
        ]
        return sections.compactMap(\.self).joined(separator: "\n") + "\n"
    }

    private var synopsis: String {
        let command = ".B \(words.joined(separator: " "))"
        let given = arguments.map { argument in
            let word = argument.names?.last.map { "\\fB\($0.text.roff)\\fR" } ?? ""
            let value = argument.kind == "flag" ? "" : "\\fI\((argument.valueName ?? "value").roff)\\fR"
            let text = [word, value].filter { !$0.isEmpty }.joined(separator: " ")
            return argument.isOptional ? "[\(text)\(argument.isRepeating ? "\\ \\&.\\|.\\|." : "")]" : text
        }
        let below = help.subcommands?.contains(where: \.shouldDisplay) == true ? ["\\fIcommand\\fR"] : []
        return ([command] + below + given).joined(separator: "\n")
    }

    private var options: [String] {
        arguments.map { argument in
            let value = argument.kind == "flag" ? "" : " \\fI\((argument.valueName ?? "value").roff)\\fR"
            let names = argument.names?.map { "\\fB\($0.text.roff)\\fR" }.joined(separator: ", ") ?? ""
            let text = [argument.abstract, argument.discussion].compactMap(\.self).joined(separator: " ")
            let values = argument.allValues.map { " One of \($0.joined(separator: ", "))." } ?? ""
            let usual = argument.defaultValue.map { " Default: \($0)." } ?? ""
            return ".TP\n\((names + value).trimmed)\n\((text + values + usual).roff)"
        }
    }
}

extension String {
    /// As it is: neither a request at the begin of a line nor an escape, and its hyphens can be copied.
    fileprivate var roff: String {
        // What is not ASCII by its number, whatever the reader's locale (groff_char(7)).
        let escaped = unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\e"
            case "-": "\\-"
            case _ where scalar.isASCII: String(scalar)
            default: "\\[u\(scalar.hexadecimal)]"
            }
        }.joined()
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    /// Paragraphs; what is indented stays as it is.
    fileprivate var roffLines: String {
        var lines: [String] = []
        var isExample = false
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            let begins = line.hasPrefix("  ")
            if begins != isExample, !(line.isEmpty && isExample) {
                lines.append(begins ? ".PP\n.nf" : ".fi")
                isExample = begins
            }
            lines.append(line.isEmpty ? ".PP" : String(line).roff)
        }
        return (lines + (isExample ? [".fi"] : [])).joined(separator: "\n")
    }

    fileprivate func trimmingSuffix(_ suffix: Character) -> Substring {
        last == suffix ? dropLast() : self[...]
    }
}

extension Unicode.Scalar {
    /// Four digits at least.
    fileprivate var hexadecimal: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
