// Scripts that are right by the grammar and mean nothing, with white space and comments wherever they may stand.

/// Makes scripts; the same seed makes the same ones.
struct ScriptGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    private mutating func number(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    private mutating func one(of choices: [String]) -> String { choices[number(choices.count)] }

    /// A script of a few commands.
    mutating func script() -> String { block(depth: 0) + gap() }

    private mutating func gap() -> String {
        switch number(12) {
        case 0: "\n"
        case 1: "\r\n\r\n"
        case 2: " # hash;{}\"[\n"
        case 3: "\n# own line\n\n"
        case 4: " /* bracket\n; */ "
        case 5: "\t"
        default: " "
        }
    }

    private mutating func block(depth: Int) -> String {
        (0..<number(4)).map { _ in command(depth: depth) }.joined()
    }

    private mutating func command(depth: Int) -> String {
        let head = gap() + one(of: ["keep", "Stop", "if", "elsif", "else", "x_1", "test"]) + arguments()
        let tests = number(2) == 0 ? gap() + test(depth: 0) : ""
        if depth < 4, number(3) == 0 { return head + tests + gap() + "{" + block(depth: depth + 1) + gap() + "}" }
        return head + tests + gap() + ";"
    }

    private mutating func test(depth: Int) -> String {
        let name = one(of: ["true", "not", "anyof", "header", "Size"]) + arguments()
        switch number(depth < 4 ? 4 : 1) {
        case 1: return name + gap() + test(depth: depth + 1)
        case 2:
            let tests = (0...number(3)).map { _ in gap() + test(depth: depth + 1) + gap() }
            return name + gap() + "(" + tests.joined(separator: ",") + ")"
        default: return name
        }
    }

    private mutating func arguments() -> String {
        (0..<number(4)).map { _ in gap() + argument() }.joined()
    }

    private mutating func argument() -> String {
        switch number(5) {
        case 0: return one(of: [":is", ":CONTAINS", ":over"])
        case 1: return one(of: ["1", "20k", "3G", "0"])
        case 2:
            let strings = (0...number(6)).map { _ in gap() + string() + gap() }
            return "[" + strings.joined(separator: ",") + "]"
        default: return string()
        }
    }

    private mutating func string() -> String {
        one(of: [
            "\"\"", "\"plain\"", "\"a \\\" b\\\\\"", "\"two\nlines\"",
            "\"ünïcode, and rather a lot of text in one string\"",
            "text:\nbody\n..stuffed\n.\n", "TEXT: # why\r\n.\r\n",
        ])
    }
}
