// What most tests of the engine do: compile a script, run it on a message, and tell what came of it in short.

import Mail
import Testing

@testable import Sieve

/// What came of a script, in the words of the tests' tables.
struct Result {
    var actions: [String] = []
    var header = ""
    var message: String?
    var failure: String?
    /// Errors of the compiler.
    var diagnostics: [String] = []
    var needs = 0
    /// What was asked for, in order.
    var asked: [Need] = []
    var tracked: [TrackedID] = []
    var unscanned: [ScanKind: String] = [:]
}

/// Runs a script on a message given with bare line feeds; asks are answered with the message's size, questions with
/// yes if they are among `answers`.
func evaluate(
    _ source: String,
    on message: String = "",
    limits: Sieve.Limits = Sieve.Limits(),
    context: MessageContext = MessageContext(),
    answers: Set<Need> = [],
    includes: [String: String] = [:],
    scans: [ScanReport] = []
) -> Result {
    var options = CompilerOptions()
    options.scans = Set(scans.map(\.kind))
    options.limits = limits
    options.includes = { _, name in includes[name].map { Array($0.utf8) } }
    let compilation = Compiler(options: options).compile(Array(source.utf8), name: "t")
    var result = Result()
    result.diagnostics = compilation.diagnostics.filter { $0.severity == .error }.map {
        "\($0.position.line) \($0.severity): \($0.message)"
    }
    guard let script = compilation.script else { return result }
    let octets = Array(message.replacing("\n", with: "\r\n").utf8)
    var evaluation = Evaluation(script, header: octets, context: context, limits: limits)
    while true {
        switch evaluation.run() {
        case .needs(let need):
            result.needs += 1
            result.asked.append(need)
            switch need {
            case .size: evaluation.provide(size: octets.count)
            case .message: evaluation.provide(message: octets)
            case .scan(let kind): for report in scans where report.kind == kind { evaluation.provide(scan: report) }
            case .duplicate, .hasList, .list, .hasMailbox: evaluation.provide(answers.contains(need), to: need)
            }
        case .finished(let outcome):
            result.actions = outcome.actions.map { $0.isImplicit ? "implicit keep" : $0.description }
            result.failure = outcome.failure.map { "\($0.position.line) \($0.message)" }
            result.header = outcome.header.rendered().text.replacing("\r\n", with: "\n")
            result.message = outcome.message.map { $0.joined().text.replacing("\r\n", with: "\n") }
            result.tracked = outcome.tracked
            result.unscanned = outcome.unscanned
            return result
        }
    }
}

/// Whether a test holds for a message; nil with an issue recorded if it does not compile.
func holds(_ test: String, requiring capabilities: String = "", on message: String = "") -> Bool? {
    let require = capabilities.isEmpty ? "" : "require [\(capabilities)];\n"
    let result = evaluate("\(require)if \(test) { discard; }", on: message)
    for diagnostic in result.diagnostics where diagnostic.contains("error") { Issue.record("\(test): \(diagnostic)") }
    if let failure = result.failure { Issue.record("\(test): \(failure)") }
    return result.actions == ["discard"]
}
