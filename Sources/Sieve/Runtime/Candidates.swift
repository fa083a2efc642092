// Which regular expressions of the running script may match the texts that they are asked of.
// Must not outlive what was scanned: an edit of the header, or another script, makes all of them candidates again.

import Patterns

/// What scans have told so far.
struct Candidates {
    private let scan: PatternScan?
    /// Those that may match; empty without a scan.
    private var possible: CandidateSet
    /// Texts of the body that were scanned, by number, or that can't be.
    private var scannedBodies: [Int] = []

    init(of script: Script) {
        scan = script.scan
        possible = script.scan?.all ?? CandidateSet(count: 0)
    }

    func mayMatch(_ pattern: Int) -> Bool { scan == nil || possible.contains(pattern) }

    /// Where to go on from a gate: behind it, before the first test that may hold; else behind all.
    func way(through gate: Gate, at place: Int) -> Int {
        guard let scan else { return place + 1 }
        let next = possible.next(from: gate.patterns.lowerBound, below: gate.end)
        return next == gate.end ? gate.exit : scan.gates[next] + 1
    }

    mutating func forgetFields() {
        if let scan { possible.formUnion(scan.ofFields) }
    }

    mutating func forgetBodies() {
        if let scan { possible.formUnion(scan.ofBodies) }
        scannedBodies = []
    }

    // MARK: Scans

    /// Scans the values of some header fields.
    mutating func scan(_ values: [[UInt8]], of text: Int) {
        guard let scan, scan.asked[text] != nil else { return }
        var found = scan.automaton.always
        for value in values { scan.automaton.scan(value, into: &found) }
        settle(text, by: found)
    }

    /// The beginning of a scan of a text of the body, once for each; nil if it is not to be scanned.
    mutating func beginScan(ofBody text: Int) -> CandidateSet? {
        guard let scan, scan.asked[text] != nil, !scannedBodies.contains(text) else { return nil }
        scannedBodies.append(text)
        return scan.automaton.always
    }

    /// Goes on with one.
    func scan(_ value: [UInt8], into found: inout CandidateSet) { scan?.automaton.scan(value, into: &found) }

    /// Ends a scan: what is asked of the text and found nothing in any of its values can't match.
    mutating func settle(_ text: Int, by found: CandidateSet) {
        guard let asked = scan?.asked[text] else { return }
        possible.replace(asked, with: found)
    }
}
