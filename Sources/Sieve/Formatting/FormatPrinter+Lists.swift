// How lists are laid out: in one line if they fit, else broken between elements; the author's own breaks stay.
// Must not break a list so that a second run would break it otherwise.

extension FormatPrinter {
    // MARK: Strings

    mutating func put(_ list: SourceList<SourceWord>, in phrase: SourcePhrase, indent: Int) {
        if !list.opensLine, !list.hasComments, let flat = flat(list), fits(flat) { return writer.write(flat) }
        if list.opensLine || list.hasComments || list.elements.contains(where: { $0.content.kind == .multiline }) {
            return putInLines(list, "[", "]", indent: indent) { $0.put($1) }
        }
        putFilled(list)
    }

    /// As many strings in a line as there is room for, under one another.
    private mutating func putFilled(_ list: SourceList<SourceWord>) {
        writer.write("[")
        let column = writer.column
        for (index, element) in list.elements.enumerated() {
            let text = Self.written(element.content, source)
            if index > 0 {
                writer.write(",")
                let signs = index == list.elements.count - 1 ? 4 : 2
                if writer.column + FormatWriter.width(text) + signs > Self.width {
                    writer.newLine(indent: column)
                } else {
                    writer.space()
                }
            }
            writer.write(text)
        }
        writer.write("]")
    }

    // MARK: Tests

    mutating func put(_ list: SourceList<SourcePhrase>, indent: Int) {
        let isLaidOut = list.opensLine || list.isBroken || list.hasComments
        if !isLaidOut, let flat = flat(list), fits(flat) { return writer.write(flat) }
        if list.opensLine || list.hasComments {
            return putInLines(list, "(", ")", indent: indent) { $0.put($1, indent: indent + Self.step) }
        }
        writer.write("(")
        let column = writer.column
        for (index, element) in list.elements.enumerated() {
            if index > 0 {
                writer.write(",")
                writer.newLine(indent: column)
            }
            put(element.content, indent: column)
        }
        writer.write(")")
    }

    // MARK: Both

    /// Each element in its own line, with its comments.
    private mutating func putInLines<Content>(
        _ list: SourceList<Content>,
        _ opening: String,
        _ closing: String,
        indent: Int,
        _ putContent: (inout Self, Content) -> Void
    ) {
        writer.write(opening)
        for (index, element) in list.elements.enumerated() {
            for comment in element.leading { putLine(comment, indent: indent + Self.step) }
            writer.newLine(indent: indent + Self.step)
            putContent(&self, element.content)
            if index < list.elements.count - 1 { writer.write(",") }
            putTrailing(element.trailing)
        }
        for comment in list.closing { putLine(comment, indent: indent + Self.step) }
        writer.newLine(indent: indent)
        writer.write(closing)
    }

    private mutating func putLine(_ comment: SourceComment, indent: Int) {
        writer.newLine(indent: indent)
        writer.write(source[comment.range])
    }

    /// Whether a text can go on in this line, with the signs that come behind it.
    func fits(_ text: [UInt8]) -> Bool { writer.column + FormatWriter.width(text) + 2 <= Self.width }

    /// A list in one line; nil if it cannot be.
    private func flat(_ list: SourceList<SourceWord>) -> [UInt8]? {
        joined(list.elements.map { flat($0.content) }, "[", "]")
    }

    private func flat(_ list: SourceList<SourcePhrase>) -> [UInt8]? {
        if list.opensLine || list.isBroken || list.hasComments { return nil }
        return joined(list.elements.map { flat($0.content) }, "(", ")")
    }

    private func joined(_ elements: [[UInt8]?], _ opening: String, _ closing: String) -> [UInt8]? {
        var text = Array(opening.utf8)
        for (index, element) in elements.enumerated() {
            guard let element else { return nil }
            if index > 0 { text += ", ".utf8 }
            text += element
        }
        return text + Array(closing.utf8)
    }

    private func flat(_ word: SourceWord) -> [UInt8]? {
        let text = Self.written(word, source)
        return text.contains(.lineFeed) ? nil : text
    }

    func flat(_ phrase: SourcePhrase) -> [UInt8]? {
        var text = source[phrase.name].map(\.lowercased)
        for argument in phrase.arguments {
            let next: [UInt8]? =
                switch argument {
                case .word(let word): flat(word)
                case .list(let list): list.opensLine || list.hasComments ? nil : flat(list)
                }
            guard let next else { return nil }
            text += [.space] + next
        }
        switch phrase.tests {
        case .none: return text
        case .one(let test): return flat(test).map { text + [.space] + $0 }
        case .list(let list): return flat(list).map { text + [.space] + $0 }
        }
    }
}
