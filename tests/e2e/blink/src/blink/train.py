import trimtab.runtime as trimtab

run = trimtab.start()
numbers = [int(line) for line in (run.input("numbers") / "numbers.csv").read_text().splitlines()[1:]]
mean = sum(n**run.params.power for n in numbers) / len(numbers)
(run.output / "mean.txt").write_text(str(mean))
run.finish({"mean": mean})
