// vnd.dovecot.debug: debug_log writes a line for whoever wrote the script.
// Must not write anywhere: lines are collected.

/// A line that a script wrote for its author.
public struct DebugLine: Sendable, Equatable {
    /// The script.
    public var script: String
    /// The line of the command.
    public var line: Int
    /// What it says.
    public var text: String
}

extension Extension {
    static let debug = Extension(
        capability: "vnd.dovecot.debug",
        definitions: [
            Definition(
                name: "debug_log",
                capabilities: ["vnd.dovecot.debug"],
                parameters: [Parameter("message", .string)]
            ) { unit, call throws(CompileError) in
                unit.emit(DebugLog(message: try unit.text(call.positional[0])))
            }
        ]
    )
}

private struct DebugLog: Operation {
    let message: Text

    var depth: Depth { .none }

    func perform(in machine: inout Machine) throws(Interruption) {
        let most = machine.limits.debugLines
        guard machine.debugLines.count <= most else { return }
        let isLast = machine.debugLines.count == most
        let text =
            isLast ? "more than \(most) lines: the rest is left out (debugLines)" : try machine.expand(message).text
        machine.debugLines.append(DebugLine(script: machine.script.name, line: machine.position.line, text: text))
    }
}
