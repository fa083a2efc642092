// All scanners that are set up, asked at once.
// Must not ask one twice about a message.

/// The scanners of the settings, in their order.
public struct ScannerSet: Sendable {
    /// In the order of the settings.
    public let scanners: [MailScanner]

    /// These scanners; none is a set, too.
    public init(_ scanners: [MailScanner]) { self.scanners = scanners }

    /// Those that look for something.
    public func scanners(for subject: ScanSubject) -> [MailScanner] {
        scanners.filter { $0.subjects.contains(subject) }
    }

    /// Asks all at once whether they are there; in their order.
    public func probe() async -> [(scanner: MailScanner, result: ProbeResult)] {
        let results = await withTaskGroup(of: (Int, ProbeResult).self) { group in
            for (index, scanner) in scanners.enumerated() { group.addTask { (index, await scanner.probe()) } }
            return await group.reduce(into: [Int: ProbeResult]()) { $0[$1.0] = $1.1 }
        }
        return scanners.enumerated().map { ($1, results[$0] ?? .fails(.cancelled)) }
    }

    /// Asks those that look for `subject` and are not in `known`, all at once; cancelling the task ends all.
    ///
    /// - Returns: what is known then: `known`, and what was found now.
    public func scan(
        _ source: any ScanSource,
        for subject: ScanSubject,
        _ circumstances: ScanCircumstances = .init(),
        known: Findings = .init()
    ) async -> Findings {
        let asked = scanners(for: subject).filter { known.result(of: $0.name) == nil }
        let results = await withTaskGroup(of: (Int, ScanResult).self) { group in
            for (index, scanner) in asked.enumerated() {
                group.addTask { (index, await scanner.scan(source, circumstances)) }
            }
            return await group.reduce(into: [Int: ScanResult]()) { $0[$1.0] = $1.1 }
        }
        var findings = known
        findings.add(
            Findings(
                asked.enumerated().map { index, scanner in
                    Findings.Finding(
                        scanner: scanner.name,
                        subjects: scanner.subjects,
                        // Each task has put its own in.
                        result: results[index] ?? .unscanned(.cancelled)
                    )
                }
            )
        )
        return findings
    }

    /// A text that is another one when the set, or one in it, would judge otherwise, as far as it can be known.
    ///
    /// - Returns: nil while one of them does not answer: then nothing is known.
    public func fingerprint() async -> String? {
        var parts: [String] = []
        for scanner in scanners {
            guard let print = await scanner.fingerprint() else { return nil }
            parts.append("\(scanner.name)=\(print)")
        }
        return parts.joined(separator: "; ")
    }
}
