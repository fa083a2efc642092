// Lays out a script: four columns for a block, one command a line, long lists broken between elements.
// Must not change anything but white space and the case of names and tags.

/// Prints a tree.
struct FormatPrinter {
    /// Columns of a line, as far as a break can keep to them.
    static let width = 120
    static let step = 4

    let source: [UInt8]
    var writer: FormatWriter

    /// The formatted source.
    static func text(of source: [UInt8]) -> [UInt8] {
        let mark: [UInt8] = source.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(source[..<3]) : []
        let breaks = source.indices.filter { source[$0] == .lineFeed }
        let isWindows = !breaks.isEmpty && breaks.allSatisfy { $0 > 0 && source[$0 - 1] == .carriageReturn }
        let lineEnd: [UInt8] = isWindows ? [.carriageReturn, .lineFeed] : [.lineFeed]
        var reader = SourceTreeReader(source)
        let script = reader.block()
        var printer = FormatPrinter(source: source, writer: FormatWriter(lineEnd: lineEnd, beginning: mark))
        printer.put(script, indent: 0)
        if !script.statements.isEmpty || !script.closing.isEmpty { printer.writer.newLine() }
        return printer.writer.text
    }

    // MARK: Statements

    private mutating func put(_ block: SourceBlock, indent: Int) {
        var isFirst = true
        func isBlank(_ isBlankBefore: Bool) -> Bool { isBlankBefore && !isFirst }
        for (index, statement) in block.statements.enumerated() {
            if index > 0, joins(statement, block.statements[index - 1]) {
                writer.space()
            } else {
                for comment in statement.leading {
                    begin(indent, isBlank: isBlank(comment.isBlankBefore), isFirst: isFirst && indent == 0)
                    writer.write(source[comment.range])
                    isFirst = false
                }
                begin(indent, isBlank: isBlank(statement.isBlankBefore), isFirst: isFirst && indent == 0)
            }
            put(statement, indent: indent)
            isFirst = false
        }
        for comment in block.closing {
            begin(indent, isBlank: isBlank(comment.isBlankBefore), isFirst: isFirst && indent == 0)
            writer.write(source[comment.range])
            isFirst = false
        }
    }

    /// Whether an `elsif` or `else` goes on in the line of the closing brace.
    private func joins(_ statement: SourceStatement, _ previous: SourceStatement) -> Bool {
        statement.continuesIf && statement.leading.isEmpty && previous.block != nil && previous.trailing.isEmpty
    }

    /// Begins a line; the first of the script has begun already.
    private mutating func begin(_ indent: Int, isBlank: Bool, isFirst: Bool) {
        if isFirst { return }
        if isBlank { writer.newLine() }
        writer.newLine(indent: indent)
    }

    private mutating func put(_ statement: SourceStatement, indent: Int) {
        switch statement.head {
        case .phrase(let phrase): put(phrase, indent: indent)
        case .verbatim(let range, let needsLineEnd):
            writer.write(source[range])
            if needsLineEnd { writer.oweLineEnd() }
        }
        if let block = statement.block {
            writer.space()
            if let line = line(block), fits(line) {
                writer.write(line)
            } else {
                writer.write("{")
                putTrailing(block.opening)
                put(block, indent: indent + Self.step)
                writer.newLine(indent: indent)
                writer.write("}")
            }
        } else {
            writer.write(";")
        }
        putTrailing(statement.trailing)
    }

    /// A block of one command at most that its author has kept in one line; nil if it cannot be.
    private func line(_ block: SourceBlock) -> [UInt8]? {
        guard block.isInLine, block.opening.isEmpty, block.closing.isEmpty, block.statements.count <= 1 else {
            return nil
        }
        guard let statement = block.statements.first else { return Array("{}".utf8) }
        guard statement.block == nil, statement.leading.isEmpty, statement.trailing.isEmpty,
            case .phrase(let phrase) = statement.head, let command = flat(phrase)
        else { return nil }
        return Array("{ ".utf8) + command + Array("; }".utf8)
    }

    mutating func putTrailing(_ comments: [SourceComment]) {
        for comment in comments {
            writer.write("  ")
            writer.write(source[comment.range])
        }
    }

    // MARK: Phrases

    mutating func put(_ phrase: SourcePhrase, indent: Int) {
        writer.write(source[phrase.name].map(\.lowercased))
        for argument in phrase.arguments {
            writer.space()
            switch argument {
            case .word(let word): put(word)
            case .list(let list): put(list, in: phrase, indent: indent)
            }
        }
        switch phrase.tests {
        case .none: return
        case .one(let test):
            writer.space()
            put(test, indent: indent)
        case .list(let list):
            writer.space()
            put(list, indent: indent)
        }
    }

    mutating func put(_ word: SourceWord) {
        writer.write(Self.written(word, source))
        if word.kind == .multiline { writer.oweLineEnd() }
    }

    /// Tags are lower case, units of numbers upper case; a string stays as it is.
    static func written(_ word: SourceWord, _ source: [UInt8]) -> [UInt8] {
        switch word.kind {
        case .tag: source[word.range].map(\.lowercased)
        case .number: source[word.range].map(\.uppercased)
        default: Array(source[word.range])
        }
    }
}
