// The readers of source code that the house rules rest on.
// Must not look at the package itself.

import Testing

@Suite("Reading source code")
struct SourceTreeTests {
    @Test(
        "comments and literals are not code",
        arguments: [
            (["let a = 1 // try!"], ["let a = 1 "]),
            (["let a = \"try! \\\" x\" + b"], ["let a = \"\" + b"]),
            (["a /* try!", "try! */ b"], ["a ", " b"]),
            (["let a = \"\"\"", "    try! \"x\"", "    \"\"\" + b"], ["let a = \"\"", "", " + b"]),
            (["let a = #\"\\\"# + b"], ["let a = \"\" + b"]),
            (["let a = \"http://x\"; try!"], ["let a = \"\"; try!"]),
        ]
    )
    func stripping(lines: [String], code: [String]) {
        #expect(CodeStripper.strip(lines) == code)
    }

    @Test("functions are measured")
    func lengths() {
        let code = [
            "func a() {", "    if b { c() }", "}", "protocol P {", "    func d()", "    func e()", "}", "init() {}",
        ]
        #expect(FunctionLengths.all(in: code) == [.init(line: 1, length: 3), .init(line: 8, length: 1)])
    }
}
