// The steps that were taken so far, each told as soon as its result is known.
// Must not know what they are about.

import ArgumentParser

/// Takes steps, measures their time, and keeps what came of them.
final class Examination {
    private(set) var steps: [ExaminationStep] = []
    private let begun: (String) -> Void
    private let told: (ExaminationStep) -> Void

    /// - Parameters:
    ///   - begun: told the name of a step that may take a while
    ///   - told: told each step when it is over
    init(begun: @escaping (String) -> Void = { _ in }, told: @escaping (ExaminationStep) -> Void) {
        self.begun = begun
        self.told = told
    }

    /// Takes a step. Nil where it has failed.
    func take<Value>(
        _ name: String,
        _ subject: String? = nil,
        _ work: () async throws(Complaint) -> (Value, Remark)
    ) async -> Value? {
        begun(subject.map { "\(name) \($0)" } ?? name)
        let start = ContinuousClock.now
        do throws(Complaint) {
            let (value, remark) = try await work()
            note(name, subject, remark, start.duration(to: .now))
            return value
        } catch {
            add(
                ExaminationStep(
                    name: name,
                    subject: subject,
                    result: .failed,
                    sentence: error.sentence,
                    remedy: error.remedy,
                    duration: start.duration(to: .now)
                )
            )
            return nil
        }
    }

    /// The same where nothing comes of it but a remark.
    @discardableResult
    func take(
        _ name: String,
        _ subject: String? = nil,
        _ work: () async throws(Complaint) -> Remark
    ) async -> Bool {
        await take(name, subject) { () async throws(Complaint) in ((), try await work()) } != nil
    }

    func note(_ name: String, _ subject: String? = nil, _ remark: Remark, _ duration: Duration?) {
        add(
            ExaminationStep(
                name: name,
                subject: subject,
                result: remark.isWarning ? .warning : .ok,
                sentence: remark.sentence,
                remedy: remark.remedy,
                duration: duration
            )
        )
    }

    func leaveOut(_ names: [String], _ subject: String? = nil, because reason: String) {
        for name in names {
            add(ExaminationStep(name: name, subject: subject, result: .leftOut, sentence: reason))
        }
    }

    func add(_ step: ExaminationStep) {
        steps.append(step)
        told(step)
    }

    func has(_ result: ExaminationStep.Result) -> Bool { steps.contains { $0.result == result } }

    /// By what matters most.
    func exitCode(_ faultySettings: ExitCode?) -> ExitCode {
        if let faultySettings { return faultySettings }
        if has(.failed) { return Exit.unavailable }
        return has(.warning) ? .failure : .success
    }
}
