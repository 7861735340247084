/*
 * In place of libFuzzer where that cannot be had: seeded mutation without coverage. `program -runs=N -seed=S FOLDER`, the
 * words of libFuzzer, with inputs to begin with in the folder.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 64
#define OCTETS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

struct input {
	size_t length;
	uint8_t octets[OCTETS_MAX];
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;
static uint64_t state = 1;

/* xorshift64 */
static uint32_t
below(uint32_t count)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % count;
}

static void
read_inputs(const char *folder)
{
	DIR *directory = opendir(folder);

	if (directory == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL && input_count < INPUTS_MAX;) {
		char path[4096];
		if (entry->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
			continue;
		FILE *file = fopen(path, "rb");
		if (file == NULL)
			continue;
		inputs[input_count].length = fread(inputs[input_count].octets, 1, OCTETS_MAX, file);
		input_count++;
		fclose(file);
	}
	closedir(directory);
}

static void
change(struct input *input)
{
	static const uint8_t edges[] = { 0, 1, 2, 3, 4, 8, 12, 16, 17, 32, 64, 127, 128, 255 };
	size_t at = input->length == 0 ? 0 : below((uint32_t)input->length);

	switch (below(5)) {
	case 0:
		input->octets[at] = (uint8_t)below(256);
		break;
	case 1:
		input->octets[at] = edges[below(sizeof edges)];
		break;
	case 2:
		input->octets[at] ^= (uint8_t)(1u << below(8));
		break;
	case 3:
		input->length = at;
		break;
	default: {
		const struct input *other = &inputs[below((uint32_t)input_count)];
		size_t size = other->length < OCTETS_MAX - at ? other->length : OCTETS_MAX - at;
		memcpy(input->octets + at, other->octets, size);
		input->length = at + size;
	}
	}
}

int
main(int argc, char *argv[])
{
	unsigned long runs = 100000;
	static struct input input;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "-runs=", 6) == 0)
			runs = strtoul(argv[i] + 6, NULL, 10);
		else if (strncmp(argv[i], "-seed=", 6) == 0)
			state = strtoul(argv[i] + 6, NULL, 10) | 1;
		else if (argv[i][0] != '-')
			read_inputs(argv[i]);
	}
	if (input_count == 0)
		input_count = 1;
	for (unsigned long run = 0; run < runs; run++) {
		input = inputs[below((uint32_t)input_count)];
		for (uint32_t edits = 1 + below(6); edits > 0; edits--)
			change(&input);
		LLVMFuzzerTestOneInput(input.octets, input.length);
	}
	fprintf(stderr, "Done %lu runs without coverage\n", runs);
	return 0;
}
