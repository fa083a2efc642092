// Sieve source, compiled and run on a message; the same as a test file.
// Must not look at what the script decides: any outcome is right that comes in time.

import FuzzInput
import Mail
import Sieve

/// One script, compiled and run; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let source = FuzzInput(start, count).rest()
    limited { source.starts(with: Array("#t".utf8)) ? test(source) : filter(source) }
    return 0
}

private func filter(_ source: [UInt8]) {
    let compilation = Compiler(options: options).compile(source, name: "fuzz")
    precondition((compilation.script == nil) == compilation.diagnostics.contains { $0.severity == .error })
    for diagnostic in compilation.diagnostics { precondition(!diagnostic.message.isEmpty) }
    guard let script = compilation.script else { return }
    var context = MessageContext()
    context.envelopeFrom = Array("a@example.com".utf8)
    context.envelopeTo = Array("b+c@example.com".utf8)
    context.time = 1_795_421_704
    context.environment = ["remote-ip": "192.0.2.7"]
    var evaluation = Evaluation(
        script,
        header: message,
        context: context,
        limits: limits,
        isTraced: source.count % 2 == 0
    )
    for _ in 0..<200 {
        switch evaluation.run() {
        case .finished(let outcome):
            precondition(!outcome.actions.isEmpty)
            _ = outcome.header.rendered()
            return
        case .needs(.size): evaluation.provide(size: message.count)
        case .needs(.message): evaluation.provide(message: message)
        case .needs(let need): evaluation.provide(true, to: need)
        }
    }
    preconditionFailure("it asks the same again and again")
}

private func test(_ source: [UInt8]) {
    let report = TestRun.report(source, name: "fuzz", folder: "") { path in
        path.hasSuffix(".sieve") ? Array("require \"fileinto\"; fileinto \"x\"; keep;".utf8) : nil
    }
    _ = report.passed
}

/// A thousandth of a second's work; the defaults take a thousand times as long, and are tested by themselves.
private let limits: Sieve.Limits = {
    var limits = Sieve.Limits()
    limits.instructions = 2_000
    limits.comparedOctets = 500_000
    limits.regexSteps = 10_000
    return limits
}()

private let options: CompilerOptions = {
    var options = CompilerOptions()
    options.includes = { _, name in
        name == "x" ? Array("require [\"variables\", \"include\"]; global \"g\"; set \"g\" \"1\"; return;".utf8) : nil
    }
    return options
}()

private let message = Array(
    """
    From: "A, b" <a+b@example.com>, =?utf-8?q?f=C3=BC?= <x@y.example>
    To: group: c@d.example;, e@f.example
    Subject: =?utf-8?b?Zm9v?= foo
    Date: Tue, 23 Nov 2010 22:47:12 +0100
    Received: from x; Tue, 23 Nov 2010 22:47:12 +0100
    Received: from y; Tue, 23 Nov 2010 21:47:12 +0100
    X-Spam-Score: 7.5
    Content-Type: multipart/mixed; boundary="b"

    --b
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <b>multi=0D</b>
    --b
    Content-Type: message/rfc822

    Subject: inner
    Content-Type: multipart/alternative; boundary="c"

    --c
    Content-Disposition: attachment; filename="x.exe"

    body
    --c--
    --b--

    """.replacing("\n", with: "\r\n").utf8
)
