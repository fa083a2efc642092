// How long functions are, counted by braces.
// Must not need a parser: what it is given has neither comments nor string literals left.

/// Where functions begin and how many lines they have.
enum FunctionLengths {
    struct Function: Equatable {
        /// Counted from 1.
        let line: Int
        let length: Int
    }

    static func all(in code: [String]) -> [Function] {
        code.indices.compactMap { index in
            guard code[index].contains(/^\s*([\w@()]+ )*(func |init[?]?[(<]|deinit)/) else { return nil }
            return length(in: code, from: index).map { Function(line: index + 1, length: $0) }
        }
    }

    /// Nil without a body, as in a protocol.
    private static func length(in code: [String], from start: Int) -> Int? {
        var depth = 0
        for index in start..<code.count {
            let before = depth
            for character in code[index] {
                if character == "{" { depth += 1 }
                if character == "}" { depth -= 1 }
                if depth < 0 { return nil }
                if depth == 0, character == "}" { return index - start + 1 }
            }
            if before == 0, depth == 0, index > start, code[index].contains(/^\s*((func|var|let|init)\b|$)/) {
                return nil
            }
        }
        return nil
    }
}
