// The build switches for defects. Right calf is built without any: then BUG(x) is the constant false, and the compiler leaves no
// trace of it. -DDEFECT=DEFECT_x builds the kernel that has defect x, and no other. What each means: targets/calf/defects.ts.
#pragma once

enum defect {
  DEFECT_none,
  DEFECT_absent_page_panics,
  DEFECT_absent_table_followed,
  DEFECT_copy_keeps_old_reference,
  DEFECT_copyin_breaks_sharing,
  DEFECT_copyout_breaks_first_page_only,
  DEFECT_copyout_copies_every_page,
  DEFECT_copyout_drops_twice,
  DEFECT_copyout_forgets_user_bit,
  DEFECT_copyout_ignores_out_of_memory,
  DEFECT_copyout_ignores_sharing,
  DEFECT_copyout_uses_current_space,
  DEFECT_copyout_writes_read_only,
  DEFECT_count_below_memory,
  DEFECT_count_read_before_lock,
  DEFECT_count_without_lock,
  DEFECT_counts_start_at_two,
  DEFECT_cow_bit_is_global,
  DEFECT_drops_before_allocation,
  DEFECT_drops_before_copy,
  DEFECT_exec_leaks_old_pages,
  DEFECT_exit_keeps_pages,
  DEFECT_failed_exec_leaks,
  DEFECT_failed_fork_keeps_count,
  DEFECT_failed_fork_not_undone,
  DEFECT_failed_fork_panics,
  DEFECT_fault_address_is_int,
  DEFECT_fault_compared_with_stack_pointer,
  DEFECT_fork_copies,
  DEFECT_fork_copies_last_page,
  DEFECT_fork_failure_unnoticed,
  DEFECT_fork_marks_read_only_pages,
  DEFECT_fork_shares_heap,
  DEFECT_guard_opened,
  DEFECT_killed_task_keeps_pages,
  DEFECT_last_decided_outside_lock,
  DEFECT_last_sharer_copies_too,
  DEFECT_lazy_heap_unknown_to_kernel,
  DEFECT_limit_off_by_one,
  DEFECT_no_limit_test,
  DEFECT_out_of_memory_panics,
  DEFECT_parent_heap_left_writable,
  DEFECT_refork_loses_heap_mark,
  DEFECT_refused_store_panics,
  DEFECT_shrink_frees_shared_frames,
  DEFECT_success_without_write,
  DEFECT_wait_ignores_sharing,
};

#ifndef DEFECT
#define DEFECT DEFECT_none
#endif
#define BUG(name) (DEFECT == DEFECT_##name)
