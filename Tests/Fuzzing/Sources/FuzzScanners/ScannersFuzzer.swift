// What scanners answer: clamd's lines, spamd's replies cut anywhere, rspamd's and a command's JSON.
// Must not look at what is found: only that it is in bounds, of one line, and the same however it is cut.

import FuzzInput

@testable import Scanning

/// One answer of one scanner; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let subject = input.octet()
    limited {
        switch subject % 4 {
        case 0: readLine(input.rest())
        case 1: readSpamd(&input)
        case 2: check(read { () throws(UnscannedReason) in try RspamdReply.result(status: 200, body: input.rest()) })
        default: check(read { () throws(UnscannedReason) in try CommandReply.result(input.rest()) })
        }
    }
    return 0
}

private func readLine(_ octets: [UInt8]) {
    let line = String(decoding: octets, as: UTF8.self)
    let result = read { () throws(UnscannedReason) in try ClamdReply.result(line) }
    if result == .clean { precondition(line == "stream: OK") }
    check(result)
    if let rest = ClamdReply.numbered(line, 1) { precondition(line.hasSuffix(rest)) }
    _ = SpamdReply.verdict(line)
    precondition(SpamReport.symbols(line).count <= Limits.names)
}

private func readSpamd(_ input: inout FuzzInput) {
    let cut = input.number(below: 256)
    let octets = input.rest()
    let whole = spamd([octets])
    precondition(whole == spamd([Array(octets.prefix(cut)), Array(octets.dropFirst(cut))]))
}

/// What is known when a reply is whole; nil: it is not, or is none.
private func spamd(_ pieces: [[UInt8]]) -> [Int]? {
    var reply = SpamdReply()
    var isWhole = false
    for piece in pieces {
        do {
            for octet in piece where !isWhole { isWhole = try reply.take(CollectionOfOne(octet)) }
        } catch {
            return nil
        }
    }
    guard isWhole, let spam = reply.spam else { return nil }
    return [spam.isSpam ? 1 : 0, spam.score.thousandths, spam.threshold.thousandths] + reply.body.map { Int($0) }
}

private func read(_ result: () throws(UnscannedReason) -> ScanResult) -> ScanResult {
    do {
        return try result()
    } catch {
        return .unscanned(error)
    }
}

/// Everything that rules and logs get of it is one line.
private func check(_ result: ScanResult) {
    switch result {
    case .infected(let names): precondition(!names.isEmpty && names.count <= Limits.names)
    case .scored(let score): precondition(score.symbols.count <= Limits.names)
    case .clean, .unscanned: break
    }
    let findings = Findings([.init(scanner: "one", subjects: [.viruses, .spam], result: result)])
    for value in findings.environment.values {
        precondition(!value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    }
}
