// A file of notices' texts, line by line, with every fault it has.
// Must not guess: a placeholder that is not known is a fault, not text.

struct NoticeTextParser {
    private(set) var texts: [NoticeTexts.Kind: NoticeTexts.Text] = [:]
    private(set) var faults: [NoticeTexts.Fault] = []
    private var section: NoticeTexts.Kind?
    private var isInUnknownSection = false
    private var number = 0

    mutating func read(_ file: String) {
        for line in file.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            if number > TextLimits.noticeFileLines {
                return fault(1, "the file has more than \(TextLimits.noticeFileLines) lines", "is it the right one?")
            }
            take(line)
        }
        number += 1
        endSection()
    }

    private mutating func take(_ line: Substring) {
        if line.hasPrefix("#") { return }
        if line.hasPrefix("["), line.hasSuffix("]") { return begin(String(line.dropFirst().dropLast())) }
        guard let section else {
            guard !isInUnknownSection, !line.allSatisfy(\.isWhitespace) else { return }
            return fault(1, "this belongs to no notice", "begin with a line such as [quarantined]")
        }
        guard line.count <= TextLimits.noticeTemplateLine else {
            return fault(1, "the line is longer than \(TextLimits.noticeTemplateLine) characters", "break it")
        }
        guard texts[section] != nil else { return takeSubject(line, of: section) }
        let isFirst = texts[section]?.lines.allSatisfy(\.isEmpty) ?? true
        if !section.hasSubject, isFirst, line.lowercased().hasPrefix("subject:") {
            return fault(1, "a message that is \(section.rawValue) keeps its own subject", "write the text alone")
        }
        let pieces = pieces(line, from: 1)
        texts[section]?.lines.append(pieces)
    }

    private mutating func begin(_ name: String) {
        endSection()
        section = NoticeTexts.Kind(rawValue: name)
        isInUnknownSection = section == nil
        guard let section else {
            let known = NoticeTexts.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            return fault(2, "there is no notice \"\(name.singleLine(upTo: TextLimits.line))\"", "one of: \(known)")
        }
        if texts[section] != nil {
            fault(2, "\"\(name)\" stands here twice", "keep one of them")
            isInUnknownSection = true
            self.section = nil
        } else if !section.hasSubject {
            texts[section] = .init(subject: [], lines: [])
        }
    }

    private mutating func takeSubject(_ line: Substring, of section: NoticeTexts.Kind) {
        if line.allSatisfy(\.isWhitespace) { return }
        let name = "Subject:"
        guard line.lowercased().hasPrefix(name.lowercased()) else {
            fault(1, "\"\(section.rawValue)\" begins without a subject", "write for example Subject: {subject}")
            texts[section] = .init(subject: [], lines: [])
            return
        }
        let value = line.dropFirst(name.count)
        let blanks = value.prefix { $0 == " " }.count
        let subject = pieces(value.dropFirst(blanks), from: name.count + blanks + 1)
        texts[section] = .init(subject: subject, lines: [])
        let several: [NoticeTexts.Placeholder] = [.reason, .copy, .folder]
        for placeholder in several where subject.contains(.placeholder(placeholder)) {
            fault(1, "{\(placeholder.rawValue)} may be several lines", "leave it out of the subject")
        }
    }

    /// Empty lines around the text belong to the file.
    private mutating func endSection() {
        guard let section else { return }
        guard var text = texts[section] else {
            return fault(1, "\"\(section.rawValue)\" says nothing", "write for example Subject: {subject}")
        }
        text.lines = text.lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed()
        texts[section] = text
        if !section.hasSubject, text.lines.isEmpty, faults.isEmpty {
            fault(1, "\"\(section.rawValue)\" says nothing", "write for example: the rest was left out")
        }
    }

    // MARK: A line

    /// - Parameter column: where the text begins in its line
    private mutating func pieces(_ line: Substring, from column: Int) -> [NoticeTexts.Piece] {
        var pieces: [NoticeTexts.Piece] = []
        var text = ""
        var rest = line
        func place() -> Int { column + line.utf8.count - rest.utf8.count }
        while let character = rest.first {
            if rest.hasPrefix("{{") {
                text.append("{")
                rest = rest.dropFirst(2)
            } else if character == "{" {
                let name = rest.dropFirst().prefix { $0 != "}" && $0 != "{" }
                guard let placeholder = placeholder(String(name), isClosed: name.endIndex < rest.endIndex, place())
                else { return pieces }
                if !text.isEmpty { pieces.append(.text(text)) }
                text = ""
                pieces.append(.placeholder(placeholder))
                rest = rest.dropFirst(name.count + 2)
            } else {
                if String(character).singleLine(upTo: 1) != String(character) {
                    fault(place(), "control characters are not allowed", "remove it")
                    return pieces
                }
                text.append(character)
                rest = rest.dropFirst()
            }
        }
        if !text.allSatisfy({ $0 == " " }) || !pieces.isEmpty && !text.isEmpty { pieces.append(.text(text)) }
        return pieces
    }

    private mutating func placeholder(_ name: String, isClosed: Bool, _ column: Int) -> NoticeTexts.Placeholder? {
        let all = section?.placeholders ?? []
        let known = all.map { "{\($0.rawValue)}" }.joined(separator: ", ")
        let placeholder = isClosed ? NoticeTexts.Placeholder(rawValue: name) : nil
        if let placeholder, all.contains(placeholder) { return placeholder }
        let shown = name.singleLine(upTo: TextLimits.fieldName)
        let isElsewhere = placeholder == nil ? "" : " in \"\(section?.rawValue ?? "")\""
        let message = isClosed ? "nothing is known as {\(shown)}\(isElsewhere)" : "a brace is not closed"
        fault(column, message, "one of: \(known); for a brace itself write {{")
        return nil
    }

    private mutating func fault(_ column: Int, _ message: String, _ fix: String) {
        guard faults.count < TextLimits.noticeFaults else { return }
        faults.append(.init(line: number, column: column, message: message, fix: fix))
    }
}
